"""Objects named by their digest, in a folder or in any object store that obstore speaks to."""
