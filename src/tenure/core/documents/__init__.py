"""Documents of a model, all made from one dossier of what is recorded of it."""
