"""Clients' own Redis, read by key."""
