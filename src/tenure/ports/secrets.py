"""Secrets are named by reference; what a reference stands for is read when it is needed."""

from typing import Protocol


class Secrets(Protocol):
    """Reads secrets. Nothing is kept, and nothing that was read is ever part of an error."""

    def find(self, reference: str) -> str | None:
        """Return what `env:…`, `file:…`, `vault:…` or `k8s:…` stands for, without space around it.

        None for what is not there, empty, or of another scheme. Raises `secret.unreachable` when
        the place that keeps it does not answer.
        """
        ...
