"""Protocols' bodies as typed requests, and answers as bodies. Pure: bytes in, bytes out."""
