"""`t.models["DL/arrival-delay"].documents`: card, Annex IV draft, change log, ML-BOM, champions."""

from typing import Any

from tenure.sdk.nouns import Api

Json = dict[str, Any]


class Documents:
    """The documents of one model, made from what is recorded. `path` is the model's address.

    A document is {"kind", "model", "version", "document", "markdown", "html"}: the tree of its facts
    and its renderings. Without a `version` the live one is meant.
    """

    def __init__(self, client: Api, path: str) -> None:
        self._client = client
        self._path = path

    def card(self, version: int | None = None) -> Json:
        """Return the model card; its Markdown begins with Hugging Face's front matter."""
        return self.get("card", version)

    def annex(self, version: int | None = None) -> Json:
        """Return the draft of the technical documentation by Annex IV of the EU AI Act."""
        return self.get("annex", version)

    def changelog(self) -> Json:
        """Return what came into force when, why, and what of it was new."""
        return self.get("changelog", None)

    def get(self, kind: str, version: int | None = None) -> Json:
        """Return the document of that kind: card, annex or changelog."""
        found: Json = self._client.get(f"{self._path}/documents/{kind}", version=version)
        return found

    def bom(self, version: int | None = None) -> Json:
        """Return the CycloneDX 1.6 ML-BOM of a version; raise `version.none_yet`."""
        found: Json = self._client.get(f"{self._path}/bom", version=version)
        return found

    def history(self) -> list[Json]:
        """Return which version was champion when and why, the oldest first."""
        found: list[Json] = self._client.get(f"{self._path}/history")["reigns"]
        return found
