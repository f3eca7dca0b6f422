"""What answers without a key, and who a key belongs to."""

import base64
import hashlib
import re
from typing import Any

from tenure import __version__


def test_the_front_page_says_how_to_get_in_and_shows_no_data(world: Any, canary: str) -> None:
    answer = world.ask("GET", "/", None)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "tenure key create" in answer.text
    assert "/api/v1/openapi.json" in answer.text
    assert canary not in answer.text
    assert "<script" not in answer.text


def test_the_front_pages_style_is_the_one_its_policy_allows(world: Any) -> None:
    answer = world.ask("GET", "/", None)
    style = re.search(r"<style>(.*)</style>", answer.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]


def test_health_needs_no_key(world: Any) -> None:
    for path in ("/api/v1/health", "/api/v1/health/ready"):
        assert world.ask("GET", path, None).json() == {"status": "ok", "version": __version__}


def test_a_key_learns_whose_it_is_and_where_predictions_are_asked_for(world: Any) -> None:
    who = world.ask("GET", "/api/v1/principal", "DL:service").json()
    assert who["tenant_id"] == "DL"
    assert who["role"] == "service"
    assert who["serving_url"] == "http://127.0.0.1:9"
