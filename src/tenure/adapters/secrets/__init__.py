"""Secrets by reference: variables, files, HashiCorp Vault, Kubernetes."""
