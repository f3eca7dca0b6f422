"""The OpenAPI document is complete, and the one that is committed.

After a change: `.venv/bin/python -m tenure.api tests/golden/openapi.json`
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tenure.api import schema
from tenure.api.app import described
from tenure.api.routes import PUBLIC

GOLDEN = Path(__file__).parent.parent / "golden" / "openapi.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document, without a house."""
    return described()


def test_the_document_is_the_committed_one(document: dict[str, Any]) -> None:
    assert schema.text_of(document) == GOLDEN.read_text(encoding="utf-8"), __doc__


def test_the_server_gives_the_same_document(world: Any, document: dict[str, Any]) -> None:
    answer = world.ask("GET", "/api/v1/openapi.json", "DL:viewer")
    assert answer.json() == json.loads(schema.text_of(document))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = schema.text_of(document)
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named <= set(document["components"]["schemas"])


def test_every_operation_says_who_may_what_it_gives_and_how_it_fails(
    document: dict[str, Any],
) -> None:
    errors = {f"#/components/responses/{name}" for name in document["components"]["responses"]}
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            place = f"{verb} {path}"
            assert operation["summary"], place
            assert operation["description"], place
            for status in ("401", "403", "404", "422", "default"):
                assert operation["responses"][status]["$ref"] in errors, place
            assert ("security" in operation) == (path in PUBLIC), place


def test_operation_names_are_unique(document: dict[str, Any]) -> None:
    names = [o["operationId"] for ops in document["paths"].values() for o in ops.values()]
    assert len(names) == len(set(names))


def test_what_is_sent_fits_what_is_described(world: Any, document: dict[str, Any]) -> None:
    model = world.ask("GET", "/api/v1/tenants/DL/models/arrival-delay/versions/1").json()
    described_as = document["components"]["schemas"]["Version"]
    assert set(model) == set(described_as["properties"])
