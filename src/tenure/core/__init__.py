"""Nouns: pure values and rules. No I/O, no clock, no randomness, no ids of its own."""
