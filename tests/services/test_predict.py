"""Batches: every row answered once and logged once, whatever cuts them, as serving would answer."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa

from tenure.adapters.frameworks.registry import FrameworkRuntimes
from tenure.adapters.secrets.references import References
from tenure.adapters.tables import files
from tenure.adapters.tables.results import ParquetResult
from tenure.adapters.warehouse.sqlalchemy_query import QueryRows
from tenure.adapters.warehouse.sqlalchemy_result import TableResult
from tenure.app import batch
from tenure.core.errors import TenureError
from tenure.core.lookups import Lookup
from tenure.core.routing import Split
from tenure.ports.batches import Begun, Sink
from tenure.ports.releases import Release
from tenure.services import collect, predict
from tenure.services.logged import logged_rows
from tests.small.life import LIVE, Life
from tests.small.rows import DAY, between

SECRETS = References(Path())
GROUP = 10  # rows a part


@pytest.fixture
def home(tmp_path: Path, life: Life) -> Path:
    """Return the folder in which the life takes place."""
    assert life.tenant == "acme"
    return tmp_path / "home"


@pytest.fixture
def two_days(life: Life) -> pl.DataFrame:
    """Forty-eight rows, in five parts."""
    return between(life.rows, "at", LIVE, LIVE + 2 * DAY).drop("known", "left")


@pytest.fixture
def asked(two_days: pl.DataFrame, tmp_path: Path) -> Path:
    file = tmp_path / "asked.parquet"
    two_days.write_parquet(file, row_group_size=GROUP)
    return file


@contextmanager
def desk(home: Path) -> Iterator[predict.Desk]:
    with batch.opened(home) as opened:
        yield opened


def answer(home: Path, file: Path, sink: Sink, path: str = "acme/churn") -> Begun:
    with desk(home) as opened:
        return predict.batch(opened, path, files.source(file), sink)


def release_of(life: Life) -> Release:
    index = life.house.releases.index()
    return life.house.releases.load(index.releases[f"{life.tenant}/{life.model}"])


def expected(life: Life, rows: pl.DataFrame, lane: str = "champion") -> list[float]:
    """What the model says when it is asked for all rows at once."""
    release = release_of(life)
    (arm,) = [arm for arm in release.arms if arm.lane == lane]
    stored = {name: life.house.blobs.get(digest) for name, digest in arm.files.items()}
    predictor = FrameworkRuntimes().load(arm.runtime, stored, release.signature)
    names = [column.name for column in release.signature.features]
    answers: list[float] = np.asarray(predictor.predict_table(rows.select(names).to_arrow()))[
        :, 0
    ].tolist()
    return answers


def logged(life: Life) -> pl.DataFrame:
    collect.gather(life.house)
    with life.house.store.read() as work:
        model = work.models.get(life.tenant, life.model)
        return logged_rows(life.house, work, model, LIVE, LIVE + 2 * DAY)


class Cut(BaseException):
    """Ends a batch as a kill does."""


class Cutting:
    """A sink that is cut at its n-th part, before or after it is stored."""

    def __init__(self, sink: Sink, part: int, *, before: bool) -> None:
        self._sink, self._part, self._before = sink, part, before

    def begin(self, what: str, fresh: Begun) -> Begun:
        return self._sink.begin(what, fresh)

    def write(self, after: Begun, table: Any) -> None:
        if self._before and after.parts == self._part:
            raise Cut
        self._sink.write(after, table)
        if after.parts == self._part:
            raise Cut

    def finish(self, last: Begun) -> None:
        self._sink.finish(last)

    def close(self) -> None:
        self._sink.close()


def test_every_row_is_answered_as_in_memory_and_logged_with_what_was_asked(
    life: Life, home: Path, two_days: pl.DataFrame, asked: Path, tmp_path: Path
) -> None:
    done = answer(home, asked, ParquetResult(tmp_path / "out.parquet"))
    assert (done.rows, done.answered, done.parts, done.quarantined) == (48, 48, 5, {})
    out = pl.read_parquet(tmp_path / "out.parquet")
    assert out.columns == ["request_id", "row", "id", "probability", "version"]
    assert out["id"].to_list() == two_days["id"].to_list()
    assert out["row"].to_list() == list(range(48))
    assert out["probability"].to_list() == pytest.approx(expected(life, two_days), abs=1e-12)
    log = logged(life)
    champion = log.filter(pl.col("lane") == "champion").sort("row")
    assert champion["key"].to_list() == two_days["id"].to_list()
    assert champion["time"].to_list() == two_days["at"].to_list()
    assert champion["f:x"].to_list() == two_days["x"].to_list()
    assert log["lane"].value_counts().sort("lane").rows() == [("champion", 48), ("static", 48)]
    assert not (tmp_path / "out.parquet.parts").exists()


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("part", [1, 3, 5])
def test_a_batch_that_was_cut_goes_on_and_every_row_counts_once(
    life: Life,
    home: Path,
    two_days: pl.DataFrame,
    asked: Path,
    tmp_path: Path,
    part: int,
    *,
    before: bool,
) -> None:
    out = tmp_path / "out.parquet"
    with pytest.raises(Cut):
        answer(home, asked, Cutting(ParquetResult(out), part, before=before))
    assert not out.exists()
    done = answer(home, asked, ParquetResult(out))
    assert (done.rows, done.answered) == (48, 48)
    answers = pl.read_parquet(out)
    assert answers["id"].to_list() == two_days["id"].to_list()
    assert answers["request_id"].n_unique() == 1
    assert logged(life).filter(pl.col("lane") == "champion").height == 48
    counted = life.read(lambda work: work.outcomes.counts(life.tenant, life.model))
    assert counted["predictions"] == 48


@pytest.mark.parametrize("before", [True, False])
def test_answers_in_a_table_are_there_once_and_a_second_run_appends(
    home: Path, two_days: pl.DataFrame, asked: Path, warehouse: str, *, before: bool
) -> None:
    with pytest.raises(Cut):
        answer(home, asked, Cutting(TableResult("env:STORE", "answers", SECRETS), 2, before=before))
    done = answer(home, asked, TableResult("env:STORE", "answers", SECRETS))
    assert done.answered == 48
    assert written(warehouse) == two_days["id"].to_list()
    again = answer(home, asked, TableResult("env:STORE", "answers", SECRETS))
    assert again.id != done.id
    assert written(warehouse) == [*two_days["id"].to_list(), *two_days["id"].to_list()]


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/warehouse.db"
    monkeypatch.setenv("STORE", url)
    return url


def written(url: str) -> list[str]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT id FROM answers ORDER BY rowid")).scalars()
        answers = [str(one) for one in found]
    engine.dispose()
    return answers


def test_parquet_csv_and_a_query_get_the_same_answers(
    home: Path, two_days: pl.DataFrame, asked: Path, tmp_path: Path, warehouse: str
) -> None:
    answer(home, asked, ParquetResult(tmp_path / "1.parquet"))
    two_days.write_csv(tmp_path / "asked.csv")
    answer(home, tmp_path / "asked.csv", ParquetResult(tmp_path / "2.parquet"))
    with closing(sa.create_engine(warehouse).raw_connection()) as connection:
        texts = two_days.with_columns(pl.col("at").dt.to_string("iso:strict"))
        names = ", ".join(two_days.columns)
        connection.cursor().execute(f"CREATE TABLE asked ({names})")
        marks = ", ".join("?" * two_days.width)
        connection.cursor().executemany(f"INSERT INTO asked VALUES ({marks})", texts.rows())  # noqa: S608  # ours
        connection.commit()
    with desk(home) as opened:
        source = QueryRows("env:STORE", "SELECT * FROM asked ORDER BY rowid", SECRETS)
        predict.batch(opened, "acme/churn", source, ParquetResult(tmp_path / "3.parquet"))
    said = [
        pl.read_parquet(tmp_path / f"{n}.parquet").select("row", "id", "probability")
        for n in (1, 2, 3)
    ]
    assert said[0].equals(said[1])
    assert said[0].equals(said[2])


def test_bad_rows_are_put_aside_with_a_reason_and_the_good_ones_are_kept(
    home: Path, two_days: pl.DataFrame, tmp_path: Path
) -> None:
    texts = two_days.with_columns(pl.col("x").cast(pl.String))
    bad = texts.with_columns(
        x=pl.when(pl.col("id") == two_days["id"][3]).then(pl.lit("many")).otherwise("x"),
        at=pl.when(pl.col("id") == two_days["id"][5])
        .then(two_days["at"][0] + timedelta(days=90_000))
        .otherwise("at"),
    )
    bad.write_csv(tmp_path / "asked.csv")
    done = answer(home, tmp_path / "asked.csv", ParquetResult(tmp_path / "out.parquet"))
    assert {why: count for why, (count, _) in done.quarantined.items()} == {
        "row.bad_type": 1,
        "row.future_time": 1,
    }
    assert 'x = "many"' in done.quarantined["row.bad_type"][1]
    out = pl.read_parquet(tmp_path / "out.parquet")
    assert (done.rows, done.answered, out.height) == (48, 46, 46)
    assert not {3, 5} & set(out["row"].to_list())


def test_rows_that_bring_their_request_count_once_over_all_batches(
    life: Life, home: Path, two_days: pl.DataFrame, tmp_path: Path
) -> None:
    named = two_days.with_columns(request_id=pl.format("order-{}", pl.int_range(pl.len()) // 2))
    named = named.with_columns(row=pl.int_range(pl.len()) % 2)
    for place, part in enumerate((named.head(30), named.tail(30))):  # twelve of them twice
        part.write_parquet(tmp_path / f"{place}.parquet")
        answer(home, tmp_path / f"{place}.parquet", ParquetResult(tmp_path / f"out{place}.parquet"))
    log = logged(life).filter(pl.col("lane") == "champion")
    assert sorted(log.select("request_id", "row").rows()) == sorted(
        named.select("request_id", "row").rows()
    )
    assert (
        life.read(lambda work: work.outcomes.counts(life.tenant, life.model))["predictions"] == 48
    )


def test_a_canary_takes_its_share_by_key_as_serving_would(
    life: Life, home: Path, two_days: pl.DataFrame, asked: Path, tmp_path: Path
) -> None:
    release = release_of(life)
    champion = release.arms[0]
    split = Split("dp_2", 0.5)
    candidate = replace(champion, lane="candidate", version=9, deployment_id="dp_2")
    index = life.house.releases.index()
    digest = life.house.releases.publish(replace(release, arms=(champion, candidate), split=split))
    life.house.releases.point(
        replace(index, generation=index.generation + 1, releases={"acme/churn": digest})
    )
    answer(home, asked, ParquetResult(tmp_path / "out.parquet"))
    out = pl.read_parquet(tmp_path / "out.parquet")
    taken = [split.takes(key) for key in two_days["id"]]
    assert 5 < sum(taken) < 43
    assert out["version"].to_list() == [9 if one else champion.version for one in taken]
    lanes = dict(logged(life)["lane"].value_counts().rows())
    assert lanes == {
        "champion": 48 - sum(taken),
        "candidate": 48 - sum(taken),
        "canary": sum(taken),
        "incumbent": sum(taken),
    }


def test_a_cut_batch_is_answered_to_its_end_by_the_release_it_began_with(
    life: Life, home: Path, asked: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.parquet"
    with pytest.raises(Cut):
        answer(home, asked, Cutting(ParquetResult(out), 2, before=False))
    index = life.house.releases.index()
    newer = replace(release_of(life).arms[0], version=7)
    digest = life.house.releases.publish(replace(release_of(life), arms=(newer,)))
    life.house.releases.point(
        replace(index, generation=index.generation + 1, releases={"acme/churn": digest})
    )
    answer(home, asked, ParquetResult(out))
    assert set(pl.read_parquet(out)["version"].to_list()) == {1}


def test_what_cannot_be_done_is_told_before_anything_is_answered(
    life: Life, home: Path, two_days: pl.DataFrame, asked: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.parquet"
    with pytest.raises(TenureError, match=r"model\.not_found"):
        answer(home, asked, ParquetResult(out), "bolt/churn")
    with pytest.raises(TenureError, match=r"batch\.not_found"):
        files.source(tmp_path / "nothing.parquet")
    with pytest.raises(TenureError, match=r"batch\.bad_media"):
        files.source(tmp_path / "rows.xlsx")
    two_days.drop("x").write_parquet(tmp_path / "less.parquet")
    with pytest.raises(TenureError, match=r"batch\.missing_column"):
        answer(home, tmp_path / "less.parquet", ParquetResult(out))
    with pytest.raises(TenureError, match=r"batch\.other"):
        answer(home, asked, ParquetResult(out))
    out.touch()
    with pytest.raises(TenureError, match=r"batch\.exists"):
        answer(home, asked, ParquetResult(out))
    assert logged(life).height == 0


def test_a_table_brings_what_serving_would_look_up(
    life: Life, home: Path, two_days: pl.DataFrame, asked: Path, tmp_path: Path
) -> None:
    index, lookup = life.house.releases.index(), Lookup("profile", "env:R", ("x",), key="{id}")
    digest = life.house.releases.publish(replace(release_of(life), lookups=(lookup,)))
    life.house.releases.point(
        replace(index, generation=index.generation + 1, releases={"acme/churn": digest})
    )
    two_days.drop("x").write_parquet(tmp_path / "less.parquet")
    with pytest.raises(TenureError, match=r"batch\.no_lookups"):
        answer(home, tmp_path / "less.parquet", ParquetResult(tmp_path / "less.out"))
    answered = answer(home, asked, ParquetResult(tmp_path / "out.parquet"))
    assert answered.answered == two_days.height


def test_two_processes_do_not_write_one_result(home: Path, asked: Path, tmp_path: Path) -> None:
    held = ParquetResult(tmp_path / "out.parquet")
    held.begin("something", Begun("bt-1", "sha256:0"))
    with pytest.raises(TenureError, match=r"batch\.busy"):
        answer(home, asked, ParquetResult(tmp_path / "out.parquet"))
