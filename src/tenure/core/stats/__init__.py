"""Arithmetic on arrays: metrics, intervals, sequential tests. Knows nothing of models."""
