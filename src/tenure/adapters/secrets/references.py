"""`ports.secrets.Secrets`.

| reference | |
|---|---|
| `env:NAME` | a variable of this process |
| `file:PATH` | a file; relative ones are of the home |
| `vault:PATH#FIELD` | a field of a secret of Vault (or OpenBao), at `VAULT_ADDR` with `VAULT_TOKEN` |
| `k8s:NAMESPACE/NAME/KEY` | a key of a Kubernetes secret, by the pod's own service account |
"""

import base64
import binascii
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tenure.core.errors import Kind, TenureError

LONGEST = 65_536
"""Of a secret, in characters."""
SECONDS = 5.0
POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where Kubernetes puts what a pod may know."""


class References:
    """Reads variables, files and the two stores; `folder` is where relative files are."""

    def __init__(
        self, folder: Path, environ: Mapping[str, str] | None = None, pod: Path = POD
    ) -> None:
        self._folder = folder
        self._environ = os.environ if environ is None else environ
        self._pod = pod

    def find(self, reference: str) -> str | None:
        scheme, _, name = reference.partition(":")
        match scheme:
            case "env":
                found = self._environ.get(name)
            case "file":
                found = _read(self._folder / name)
            case "vault":
                found = self._from_vault(name)
            case "k8s":
                found = self._from_kubernetes(name)
            case _:
                found = None
        return (found or "").strip() or None

    def _from_vault(self, name: str) -> str | None:
        path, _, field = name.partition("#")
        address = self._environ.get("VAULT_ADDR", "")
        token = self._environ.get("VAULT_TOKEN") or _read(
            Path(self._environ.get("VAULT_TOKEN_FILE", "/nowhere"))
        )
        if not address or not token or not field:
            return None
        headers = {"X-Vault-Token": token.strip(), "X-Vault-Request": "true"}
        if namespace := self._environ.get("VAULT_NAMESPACE"):
            headers["X-Vault-Namespace"] = namespace
        body = _asked(f"{address.rstrip('/')}/v1/{quote(path)}", headers, verify=True)
        data = body.get("data", {})
        inner = data.get("data") if isinstance(data.get("data"), dict) else data  # KV 2, else KV 1
        return _text(inner.get(field))

    def _from_kubernetes(self, name: str) -> str | None:
        parts = name.split("/")
        host = self._environ.get("KUBERNETES_SERVICE_HOST", "")
        token = _read(self._pod / "token")
        if len(parts) != 3 or not all(parts) or not host or not token:  # noqa: PLR2004
            return None
        namespace, secret, key = (quote(part, safe="") for part in parts)
        port = self._environ.get("KUBERNETES_SERVICE_PORT", "443")
        host = f"[{host}]" if ":" in host else host
        url = f"https://{host}:{port}/api/v1/namespaces/{namespace}/secrets/{secret}"
        trusted = ssl.create_default_context(cafile=str(self._pod / "ca.crt"))
        body = _asked(url, {"Authorization": f"Bearer {token.strip()}"}, verify=trusted)
        coded = _text(body.get("data", {}).get(key))
        try:
            return None if coded is None else base64.b64decode(coded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None


def _read(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(LONGEST)
    except (OSError, UnicodeDecodeError, ValueError):  # ValueError: a NUL in the path
        return None


def _asked(url: str, headers: Mapping[str, str], *, verify: bool | ssl.SSLContext) -> Any:
    """Return the object that a store answers with; an empty one when it knows no such secret."""
    import httpx  # a quarter of serving's start, and few homes have such a store

    try:
        with httpx.Client(verify=verify, timeout=SECONDS, trust_env=False) as client:
            response = client.get(url, headers=dict(headers))
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise _unreachable(type(error).__name__) from error
    if response.status_code == httpx.codes.NOT_FOUND:
        return {}
    if response.status_code != httpx.codes.OK:
        raise _unreachable(f"status {response.status_code}")
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _text(found: object) -> str | None:
    return found if isinstance(found, str) else None


def _unreachable(why: str) -> TenureError:
    return TenureError(
        Kind.UNAVAILABLE, "secret.unreachable", f"the place of a secret does not answer: {why}"
    )
