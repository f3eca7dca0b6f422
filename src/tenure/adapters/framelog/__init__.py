"""The prediction log in a folder: append-only segments of framed Arrow tables."""
