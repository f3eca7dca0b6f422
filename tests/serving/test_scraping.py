"""/metrics: one truth of all processes, whichever is asked."""

import time
from collections.abc import Callable
from pathlib import Path

from tenure.adapters.telemetry.figures import FolderFigures
from tenure.serving.families import FAMILIES
from tenure.serving.meters import MAX_METERS, Meters
from tenure.serving.scraping import Board
from tests.serving.conftest import Served
from tests.serving.small import Home, numeric_body, wait_until

URL = "/v2/models/late/infer"
OF = 'tenant="DL",model="late",version="1"'


def lines_of(served: Served, tenant: str = "_") -> list[str]:
    with served.client(tenant) as client:
        response = client.get("/metrics")
    assert response.status_code == 200
    return response.text.splitlines()


def test_two_processes_of_a_home_add_up_whichever_is_asked(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(), home.release("B6/late"))
    first, second = serve(home), serve(home)
    wait_until(lambda: len(first.acks) == 2)
    for served, times in ((first, 3), (second, 4)):
        with served.client() as client:
            for _ in range(times):
                assert client.post(URL, json=numeric_body()).status_code == 200
    for served in (first, second, first):
        lines = lines_of(served)
        assert f"tenure_prediction_requests_total{{{OF}}} 7" in lines
        assert f"tenure_prediction_latency_seconds_count{{{OF}}} 7" in lines
        assert "tenure_serving_processes 2" in lines
    second.stop()
    assert f"tenure_prediction_requests_total{{{OF}}} 7" in lines_of(first)


def test_every_metric_is_declared_and_explained(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release())
    served = serve(home)
    with served.client() as client:
        client.post(URL, json=numeric_body())
        client.post(URL, json={})
        client.post(URL.replace("infer", "explain"), json=numeric_body())
    lines = lines_of(served)
    helped = {line.split()[2] for line in lines if line.startswith("# HELP")}
    typed = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE")}
    assert typed == {name: FAMILIES[name].kind for name in helped}
    absent = {"tenure_shadow_rows_total", "tenure_category_unseen_total"}  # nothing to count here
    absent |= {name for name in FAMILIES if name.startswith("tenure_lookup_")}
    assert helped == set(FAMILIES) - absent
    loads = next(line for line in lines if line.startswith("tenure_model_loads_total"))
    assert loads == "tenure_model_loads_total 1"
    resident = next(line for line in lines if line.startswith("tenure_model_resident_bytes"))
    assert float(resident.split()[1]) > 1000
    (weight,) = [line for line in lines if line.startswith("tenure_version_resident_bytes")]
    assert 0 < float(weight.split()[1]) < float(resident.split()[1])


def test_a_tenant_sees_its_own_lines_only(home: Home, serve: Callable[[Home], Served]) -> None:
    home.publish(home.release(), home.release("B6/late"))
    served = serve(home)
    for tenant in ("DL", "B6"):
        with served.client(tenant) as client:
            client.post(URL, json=numeric_body())
    for tenant, other in (("DL", "B6"), ("B6", "DL")):
        text = "\n".join(lines_of(served, tenant))
        assert f'tenant="{tenant}"' in text
        assert other not in text
        assert "tenure_release_generation" not in text


def test_beyond_the_bound_versions_are_counted_together() -> None:
    meters = Meters()
    for number in range(MAX_METERS + 50):
        meters.of("DL", "late", number).answered(1, 10)
    (rest,) = [
        one for one in meters.samples() if 'model="_"' in one.series and "rows" in one.series
    ]
    assert rest.value == 50


def test_what_ended_processes_counted_is_kept_in_one_file(tmp_path: Path) -> None:
    figures = FolderFigures(tmp_path)
    for number in range(3):
        meters = Meters()
        meters.of("DL", "late", 1).answered(1, 10)
        meters.watch("tenure_log_lag_seconds", lambda: 5.0)
        Board(f"p-{number}", figures, meters.samples).publish()
    time.sleep(0.01)
    for _ in range(2):
        board = Board("p-new", figures, Meters().samples)
        board.fold(0.0)
        assert set(figures.published()) - {"p-new"} == {"ended"}
        text = board.text(None, set)
        assert f"tenure_prediction_requests_total{{{OF}}} 3" in text
        assert "tenure_log_lag_seconds" not in text
