"""Models made elsewhere: opened in the jail, compiled to a runtime of ours, proven on rows."""
