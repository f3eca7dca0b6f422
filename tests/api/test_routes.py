"""A route cannot come into being without its permission."""

import pytest
from fastapi import Response

from tenure.api.routes import Router, allow
from tenure.core.errors import TenureError
from tenure.core.keys import Permission, Principal, Role
from tenure.core.tenants import SYSTEM


def test_a_route_without_a_rule_fails_at_import() -> None:
    router = Router("thing")
    with pytest.raises(TypeError, match="rule"):

        @router.get("/things")
        def list_things() -> Response:
            return Response()


def test_a_key_of_another_tenant_is_told_that_nothing_is_there() -> None:
    stranger = Principal("k", "B6", Role.ADMIN)
    with pytest.raises(TenureError) as caught:
        allow(stranger, Permission.READ, "DL")
    assert caught.value.code == "tenant.not_found"


def test_a_key_of_the_own_tenant_is_told_that_its_role_may_not() -> None:
    viewer = Principal("k", "DL", Role.VIEWER)
    with pytest.raises(TenureError) as caught:
        allow(viewer, Permission.OPERATE, "DL")
    assert caught.value.code == "key.not_allowed"
    assert "viewer" in caught.value.message


def test_a_key_of_the_house_reaches_every_tenant_with_its_role_only() -> None:
    allow(Principal("k", SYSTEM, Role.VIEWER), Permission.READ, "DL")
    with pytest.raises(TenureError, match="may not operate"):
        allow(Principal("k", SYSTEM, Role.VIEWER), Permission.OPERATE, "DL")
