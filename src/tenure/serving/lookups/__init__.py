"""Features that a request leaves out, read by key from the client's own store before it is asked."""
