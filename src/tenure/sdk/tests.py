"""`t.models["DL/arrival-delay"].tests`: what a model's CI reported, and what its history says."""

from collections.abc import Iterator
from typing import Any

from tenure.sdk.nouns import Api

Json = dict[str, Any]


class Tests:
    """The tests of one model. `path` is the model's address."""

    def __init__(self, client: Api, path: str) -> None:
        self._client = client
        self._path = f"{path}/tests"

    def add(self, report: bytes, *, version: int = 0, commit: str = "") -> Json:
        """Import a JUnit or Cobertura file; returns the evidence. `version` 0 is the model itself.

        Raises `test.malformed`, `test.other_commit`.
        """
        said = {"version": version, "commit": commit or None}
        made: Json = self._client.upload(self._path, report, "application/xml", **said)
        return made

    def list(self, kind: str = "tests") -> Iterator[Json]:
        """Return the runs (`tests`) or the `coverage` that were imported, oldest first."""
        return self._client.pages(self._path, kind=kind)

    def history(self, last: int = 50) -> Json:
        """Return {"runs", "cases"}: the newest runs, and what they say of each test.

        A case has `outcomes` (P, F, E, S, - as it ran), `flaky`, `regressed_at`, `seconds`.
        """
        found: Json = self._client.get(f"{self._path}/history", last=last)
        return found
