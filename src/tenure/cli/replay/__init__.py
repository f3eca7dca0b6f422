"""`tenure replay`: a recorded stream drives a house's business time over real HTTP."""
