"""Checkpoints of the ledger: the key that signs them, and the places that keep them."""
