"""Passwords of local accounts."""
