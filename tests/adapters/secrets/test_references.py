"""A reference is read where it says, when it is needed; what is not there is nothing."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from threading import Thread
from typing import Any

import pytest

from tenure.adapters.secrets.references import References
from tenure.core.errors import TenureError
from tests.small.certificate import write_certificate

Answers = dict[str, tuple[str, Any]]
"""By path: which header must say what, and the answer."""


@contextmanager
def store(answers: Answers, tls: tuple[Path, Path] | None = None) -> Iterator[int]:
    """Answer as a store of secrets does: 403 to who shows no token, 404 to what is not there."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            header, body = answers.get(self.path, ("", None))
            name, _, value = header.partition(": ")
            status = 404 if body is None else 200 if self.headers.get(name) == value else 403
            data = json.dumps(body if status == 200 else {"errors": ["sesame"]}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            context = SSLContext(PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def test_variables_and_files_are_read_each_time(tmp_path: Path) -> None:
    environ = {"A": " sesame \n", "EMPTY": ""}
    secrets = References(tmp_path, environ)
    assert secrets.find("env:A") == "sesame"
    (tmp_path / "s").write_text("old\n")
    assert secrets.find("file:s") == secrets.find(f"file:{tmp_path}/s") == "old"
    (tmp_path / "s").write_text("new")
    assert secrets.find("file:s") == "new"
    for nothing in ("env:B", "env:EMPTY", "file:t", "file:", "file:\0", "A", "http://x", ""):
        assert secrets.find(nothing) is None


def test_vault_is_asked_with_its_token(tmp_path: Path) -> None:
    two = {"data": {"data": {"password": "sesame", "n": 1}, "metadata": {}}}
    answers: Answers = {
        "/v1/secret/data/house": ("X-Vault-Token: t", two),
        "/v1/kv1/house": ("X-Vault-Token: t", {"data": {"password": "older"}}),
    }
    with store(answers) as port:
        environ = {"VAULT_ADDR": f"http://127.0.0.1:{port}/", "VAULT_TOKEN": "t"}
        secrets = References(tmp_path, environ)
        assert secrets.find("vault:secret/data/house#password") == "sesame"
        assert secrets.find("vault:kv1/house#password") == "older"
        for nothing in (
            "secret/data/house#other",
            "secret/data/house#n",
            "secret/data/none#a",
            "x",
        ):
            assert secrets.find(f"vault:{nothing}") is None
        (tmp_path / "token").write_text("wrong\n")
        wrong = {"VAULT_ADDR": environ["VAULT_ADDR"], "VAULT_TOKEN_FILE": str(tmp_path / "token")}
        with pytest.raises(TenureError, match=r"secret\.unreachable.*status 403") as caught:
            References(tmp_path, wrong).find("vault:secret/data/house#password")
        assert "sesame" not in str(caught.value)
    with pytest.raises(TenureError, match=r"secret\.unreachable"):
        secrets.find("vault:secret/data/house#password")
    assert References(tmp_path, {}).find("vault:secret/data/house#password") is None


def test_kubernetes_is_asked_by_the_pods_own_account_and_known_by_its_certificate(
    tmp_path: Path,
) -> None:
    certificate, key = write_certificate(tmp_path, "127.0.0.1")
    value = base64.b64encode(b"sesame").decode()
    found = {"data": {"password": value, "bad": "%%"}}
    path = "/api/v1/namespaces/ml/secrets/house"
    pod = tmp_path / "pod"
    pod.mkdir()
    (pod / "token").write_text("t")
    (pod / "ca.crt").write_bytes(certificate.read_bytes())
    with store({path: ("Authorization: Bearer t", found)}, (certificate, key)) as port:
        environ = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(port)}
        secrets = References(tmp_path, environ, pod)
        assert secrets.find("k8s:ml/house/password") == "sesame"
        for nothing in ("ml/house/none", "ml/house/bad", "ml/none/a", "ml/house", "ml//a"):
            assert secrets.find(f"k8s:{nothing}") is None
        strangers, _ = write_certificate(tmp_path / "other", "127.0.0.1")
        (pod / "ca.crt").write_bytes(strangers.read_bytes())
        with pytest.raises(TenureError, match=r"secret\.unreachable"):
            secrets.find("k8s:ml/house/password")
