"""What tells the outside how we are."""
