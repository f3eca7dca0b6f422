"""A study takes its name from the job that begins it."""

from tenure.core.studies import study_id


def test_a_job_begins_one_study_however_often_it_is_tried() -> None:
    assert study_id("DL", "m:study:x") == study_id("DL", "m:study:x")
    assert study_id("DL", "m:study:x").startswith("st_")


def test_another_tenant_or_another_job_begins_another() -> None:
    names = {study_id(tenant, key) for tenant in ("DL", "B6") for key in ("m:1", "m:2")}
    assert len(names) == 4
