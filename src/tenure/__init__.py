"""Tenure: every model earns its place in production, and keeps earning it."""

__version__ = "0.1.0"
