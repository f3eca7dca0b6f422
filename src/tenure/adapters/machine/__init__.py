"""The machine that a process runs on."""
