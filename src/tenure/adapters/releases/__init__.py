"""Releases in a folder: how control and serving meet on one machine."""
