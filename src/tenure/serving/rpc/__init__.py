"""The Open Inference Protocol V2 over gRPC, on a port of its own in the serving process."""
