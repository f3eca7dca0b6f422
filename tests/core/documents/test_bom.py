"""The ML-BOM keeps to CycloneDX's own schema, and has the figures of the card."""

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tenure.core.documents.bom import bom
from tenure.core.errors import TenureError
from tests.core.documents.samples import BARE, FULL


def test_it_is_cyclonedx_by_its_own_schema() -> None:
    found = bom(FULL, "1.0")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(found)) is None
    broken = {**found, "components": [{"type": "no-such", "name": "x"}]}
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(broken)) is not None


def test_it_names_model_files_and_data_by_digest() -> None:
    found = bom(FULL, "1.0")
    model = found["metadata"]["component"]
    assert (model["type"], model["version"]) == ("machine-learning-model", "2")
    assert model["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    metrics = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert metrics[0] == {"type": "log_loss", "value": "0.5391", "slice": "holdout"}
    assert [part["bom-ref"] for part in found["components"]] == ["file:model.json", "data:ds_1"]
    assert found["dependencies"][0]["dependsOn"] == ["file:model.json", "data:ds_1"]


def test_the_same_version_at_the_same_time_has_the_same_one() -> None:
    assert bom(FULL, "1.0") == bom(FULL, "1.0")


def test_there_is_none_without_a_version() -> None:
    with pytest.raises(TenureError) as caught:
        bom(BARE, "1.0")
    assert caught.value.code == "version.none_yet"
