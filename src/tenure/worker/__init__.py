"""Runs jobs under leases; collects the log; wakes schedules."""
