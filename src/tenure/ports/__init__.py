"""Roles: what the use cases need from the world. Each port has one conformance suite."""
