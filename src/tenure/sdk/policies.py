"""`t.policies`: what versions have to pass, published and only ever tightened."""

from collections.abc import Iterator
from typing import Any

from tenure.core.errors import not_found
from tenure.sdk.nouns import Api, address

Json = dict[str, Any]


class Policies:
    """Published policies of tenants; those of the house belong to the tenant `_`."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(self, tenant_id: str) -> Iterator[Json]:
        """Return what a tenant has published, oldest first."""
        return self._api.pages(address("tenants", tenant_id, "policies"))

    def get(self, tenant_id: str, number: int | None = None) -> Json:
        """Return a published policy, the one that holds by default; raise `policy.not_found`."""
        if number is not None:
            found: Json = self._api.get(address("tenants", tenant_id, "policies", str(number)))
            return found
        newest = None
        for newest in self.list(tenant_id):  # noqa: B007  # the last one is wanted
            pass
        if newest is None:
            raise not_found(
                "policy.not_found",
                f"{tenant_id} has published no policy",
                hint="tenure policy publish policy.toml --reason …",
            )
        return newest

    def publish(self, tenant_id: str, text: str, reason: str) -> Json:
        """Publish a policy file's text; raise `policy.loosened` when it asks for less than the house."""
        body = {"text": text, "reason": reason}
        made: Json = self._api.post(address("tenants", tenant_id, "policies"), body)
        return made

    def test(self, tenant_id: str, text: str, last: int = 100) -> Json:
        """Return {"decisions", "skipped", "changed"}: what a draft would have decided otherwise."""
        body = {"text": text, "last": last}
        found: Json = self._api.post(address("tenants", tenant_id, "policies", "test"), body)
        return found
