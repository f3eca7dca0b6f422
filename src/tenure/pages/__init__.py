"""Reports as self-contained pages: no script, no font, no address outside."""
