"""The demo's folder: streams, blueprint, and what may not be mixed up."""

from pathlib import Path

import polars as pl
import pytest

from tenure.cli.demo import flights
from tenure.cli.demo.command import delete
from tenure.core.errors import TenureError
from tenure.core.spec.parse import parse, specs

SMALL = ["OO", "HA"]


def test_the_blueprint_declares_every_airline() -> None:
    found = specs(parse(flights.blueprint(["DL", "9E"], 11), "tenure.toml"))
    assert [spec.model.tenant for spec in found] == ["DL", "9E"]
    assert [spec.data.source for spec in found] == ["data/DL.parquet", "data/9E.parquet"]
    for spec in found:
        assert [lane.name for lane in spec.lanes()] == ["champion", "blind", "static"]
        assert {lane.train.seed for lane in spec.lanes()} == {11}
        assert spec.lane("static").gate.mode == "observe"
        assert spec.lane("blind").train.windows == ("90d",)
        assert spec.lane("blind").gate.mode == "observe"


def test_a_home_gets_a_stream_per_airline_once(tmp_path: Path) -> None:
    spec = flights.write(tmp_path, SMALL, 7)
    assert spec == tmp_path / "tenure.toml"
    stream = tmp_path / "data" / "OO.parquet"
    assert pl.read_parquet(stream).columns[:4] == ["flight_id", "predicted_at", "landed_at", "late"]
    assert pl.read_parquet(stream).height == 32
    written = stream.stat().st_mtime_ns
    flights.write(tmp_path, SMALL, 7)
    assert stream.stat().st_mtime_ns == written


def test_other_options_do_not_go_on_with_a_begun_demo(tmp_path: Path) -> None:
    flights.write(tmp_path, SMALL, 7)
    for names, seed in ((SMALL, 8), (["OO"], 7)):
        with pytest.raises(TenureError, match=r"demo\.begun(.|\n)*--fresh"):
            flights.write(tmp_path, names, seed)


def test_airlines_are_chosen_by_their_codes() -> None:
    known = flights.known_airlines()
    assert len(flights.chosen("all", known)) == 16
    assert flights.chosen("DL, B6,DL", known) == ["DL", "B6"]
    with pytest.raises(TenureError, match=r"demo\.unknown_airline.*'LH'"):
        flights.chosen("DL,LH", known)


def test_fresh_deletes_only_what_is_a_home(tmp_path: Path) -> None:
    mine = tmp_path / "photos"
    mine.mkdir()
    (mine / "cat.jpg").write_text("meow")
    with pytest.raises(TenureError, match=r"demo\.not_ours"):
        delete(mine)
    assert (mine / "cat.jpg").exists()
    home = tmp_path / "home"
    flights.write(home, SMALL, 7)
    delete(home)
    assert [path.name for path in home.iterdir()] == ["home.lock"]
    delete(tmp_path / "absent")
