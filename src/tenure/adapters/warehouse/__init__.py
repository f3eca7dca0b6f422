"""Clients' own databases, read by declared queries."""
