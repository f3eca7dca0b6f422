"""Technologies that implement the ports. None imports another."""
