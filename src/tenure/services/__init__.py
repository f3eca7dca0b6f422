"""Verbs: one use case a file. Decide (core), record (one unit of work), act (adapters)."""
