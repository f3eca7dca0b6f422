"""The jail: trainings run in confined processes, forked from one that has the libraries loaded."""
