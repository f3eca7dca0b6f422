"""The spec: one file that declares a model's whole life."""
