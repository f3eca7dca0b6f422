"""The Python client: httpx and the wire, nothing of the house."""
