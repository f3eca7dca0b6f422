"""How a model is written."""

from datetime import UTC, datetime

from tenure.core.models import Model, ModelState


def test_a_model_is_written_with_its_tenant() -> None:
    at = datetime(2013, 3, 1, tzinfo=UTC)
    model = Model("arrival-delay", "DL", ModelState.PROPOSED, "sha256:0", at, {})
    assert model.path == "DL/arrival-delay"
