"""Wiring: settings, and one composition root per process."""
