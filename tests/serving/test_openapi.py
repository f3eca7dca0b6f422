"""The OpenAPI document is the committed one, and the one that the server gives.

After a change: `.venv/bin/python -m tenure.serving.openapi tests/golden/serving_openapi.json`
"""

import json
import re
from pathlib import Path

import httpx

from tenure.serving import openapi, routes

GOLDEN = Path(__file__).parents[1] / "golden" / "serving_openapi.json"


def test_the_document_is_the_committed_one() -> None:
    assert openapi.text() == GOLDEN.read_text("utf-8"), __doc__


def test_the_server_gives_the_same_document(client: httpx.Client) -> None:
    assert client.get("/v2/openapi.json").json() == json.loads(openapi.text())


def test_every_reference_leads_somewhere() -> None:
    document = openapi.document()
    for kind, name in re.findall(r'"#/components/(\w+)/([^"]+)"', openapi.text()):
        assert name in document["components"][kind]


def test_every_operation_has_a_name_of_its_own_and_its_page() -> None:
    paths = openapi.document()["paths"]
    names = [
        o["operationId"] for item in paths.values() for v, o in item.items() if v != "parameters"
    ]
    assert len(names) == len(set(names))
    known = {path for path in paths if routes.parse(path) is not None}
    assert set(paths) - known == {
        "/metrics",
        "/v2/health/live",
        "/v2/health/ready",
        "/v2/openapi.json",
    }
    assert {path.rpartition("/")[2] for path in known} >= routes.PAGES
