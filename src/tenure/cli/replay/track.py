"""One model's way through a replay: its stream, its requests, its labels."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import msgspec
import polars as pl

from tenure.adapters.tables.texts import as_texts
from tenure.cli.replay.connection import Answer, Outgoing, Poster
from tenure.cli.replay.requests import Shape, Sheet, request_id, single
from tenure.cli.replay.stream import AT, KNOWN, ROW, Stream, instants_of, places
from tenure.core.deployments import CHAMPION
from tenure.core.errors import TenureError
from tenure.core.media import CSV
from tenure.core.spec.parse import to_dict
from tenure.core.spec.values import Spec
from tenure.sdk.client import Client
from tenure.sdk.models import ModelHandle
from tenure.sdk.nouns import address

_OK = 200
_PART_ROWS = 50_000


@dataclass(slots=True)
class Tally:
    """What has been sent so far in this call. `refused` counts rows by what was said of them."""

    predictions: int = 0
    labels: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    version: str = ""

    def note(self, answers: list[Answer]) -> None:
        """Count the answers."""
        for answer in answers:
            if answer.status == _OK:
                self.predictions += answer.sent.rows
            else:
                self.refused[said(answer)] += answer.sent.rows
        if answers and answers[-1].status == _OK:
            self.version = str(msgspec.json.decode(answers[-1].body).get("model_version", ""))


class Track:
    """One model. `client` owns the house; `key` is the tenant's own, for predictions and labels."""

    def __init__(self, stream: Stream, client: Client, serving_url: str, key: str) -> None:
        self.spec: Spec = stream.spec
        self.stream = stream
        self.tally = Tally()
        self.resting = ""
        self.begun: datetime | None = None  # when the first version went live
        self.tenant = self.spec.model.tenant
        self.path = f"{self.tenant}/{self.spec.model.name}"
        self.clock = client.clock(self.tenant)
        self.handle: ModelHandle = client.models[self.path]
        self._client = client
        self._labels = Client(client.url, key, certificate=client.certificate)
        self._address = address("tenants", self.tenant, "models", self.spec.model.name)
        asked = f"{serving_url}/v2/models/{self.spec.model.name}/infer"
        self._poster = Poster(asked, key, trust=client.trust)
        self._sheet: Sheet | None = None
        self._truths = stream.rows.clear()  # what will be known, in its order
        self._known = instants_of(self._truths[KNOWN])

    def declare(self, beginning: datetime) -> None:
        """Apply the spec, and import what was known at the beginning unless rows are there.

        A model without usable rows rests.
        """
        self._client.put(f"{self._address}/spec", to_dict(self.spec))
        if next(iter(self.handle.datasets()), None) is None:
            self.bring(beginning)

    def bring(self, until: datetime) -> None:
        """Import what is known by an instant; a race follows as long as nothing is live."""
        self.resting = ""
        if until <= self.stream.first:
            self.resting = (
                f"nothing is known yet, its stream begins on {self.stream.first:%Y-%m-%d}"
            )
            return
        try:
            self.handle.import_dataset(self.stream.training(until), self.stream.media)
        except TenureError as error:
            if not error.code.startswith("dataset."):
                raise
            self.resting = error.message

    def learn_shape(self) -> None:
        """Ask the house whether a version serves, and which columns it takes, and as what.

        Without one the track rests: `resting` says why, and its rows are not asked for.
        """
        if self.resting:
            return
        lives = [
            datetime.fromisoformat(one["live_at"])
            for one in self.handle.deployments()
            if one["lane"] == CHAMPION and one["live_at"]
        ]
        if not lives:
            studies = list(self.handle.studies())
            self.resting = studies[-1]["reason"] if studies else "nothing was trained"
            return
        self.begun = min(lives)
        self._truths = self.stream.learnt(self.begun)
        self._known = instants_of(self._truths[KNOWN])
        signature = list(self.handle.datasets())[-1]["signature"]
        types = {column["name"]: column["type"] for column in signature["features"]}
        keys = self.spec.data.key if self.spec.joins_by_key else ()
        self._sheet = Sheet(self.stream.rows, Shape(types, keys, str(self.spec.data.time)))

    @property
    def steps_late(self) -> int:
        """By how many steps truths are posted late: see `label`."""
        return 0 if self.spec.labels.event_time else 1

    def prepare(self, since: datetime, until: datetime) -> list[Outgoing]:
        """Return the requests for every prediction of the span."""
        if self._sheet is None:
            return []
        return list(self._sheet.requests(*self._sheet.places(since, until)))

    async def predict(self, prepared: list[Outgoing]) -> None:
        """Post the requests; what is refused is asked for row by row."""
        answers = await self._poster.post_all(prepared)
        refused = [a for a in answers if a.status != _OK and a.sent.rows > 1]
        if refused:
            answers = [a for a in answers if a not in refused]
            again = (one for a in refused for one in single(a.sent))
            answers += await self._poster.post_all(again)
        self.tally.note(answers)

    def label(self, since: datetime, until: datetime, step: timedelta) -> None:
        """Post the truth that came in the span, of what was predicted since it is live.

        A truth without an event time is dated by the house when it is posted; so that it is never
        dated too early, it is posted one step late, when its time has surely come.
        """
        if self.begun is None:
            return
        if self.steps_late:
            since, until = since - step, since  # the span itself may be cut short by --to
        first, last = places(self._known, since, until)
        rows = self._truths[first:last]
        for start in range(0, rows.height, _PART_ROWS):
            part = self._truth(rows.slice(start, _PART_ROWS))
            receipt = self._labels.upload(f"{self._address}/labels", part, self.stream.media)
            self.tally.labels += receipt["rows"]
            self.tally.refused.update(receipt["quarantined"])

    def close(self) -> None:
        """Close the connections."""
        self._poster.close()
        self._labels.close()

    def _truth(self, rows: pl.DataFrame) -> bytes:
        """Return key or request id, target and event time, in the stream's own format."""
        columns = [rows[self.spec.data.target]]
        if self.spec.joins_by_key:
            columns += [key_part(rows, name, self.spec.data.time) for name in self.spec.data.key]
        else:
            ids = [request_id([str(row)]) for row in rows[ROW].to_list()]
            columns.append(pl.Series("request_id", ids))
        is_csv = self.stream.media == CSV
        if self.spec.labels.event_time is not None:
            known = as_texts(rows[KNOWN]) if is_csv else rows[KNOWN]
            columns.append(known.alias(self.spec.labels.event_time))
        table, out = pl.DataFrame(columns), BytesIO()
        if is_csv:
            table.write_csv(out)
        else:
            table.write_parquet(out)
        return out.getvalue()


def key_part(rows: pl.DataFrame, name: str, time: str | None) -> pl.Series:
    """Return a part of the key as the prediction named it: a time that is one is sent as an instant."""
    return as_texts(rows[AT]).alias(name) if name == time else rows[name]


def seeded(spec: Spec, seed: int | None) -> Spec:
    """Return the spec with every lane's training on this seed; None leaves it."""
    if seed is None:
        return spec
    lanes = tuple(replace(lane, train=replace(lane.train, seed=seed)) for lane in spec.challengers)
    return replace(spec, train=replace(spec.train, seed=seed), challengers=lanes)


def said(answer: Answer) -> str:
    """Return what the house said of a refused request, in one line."""
    try:
        body: Any = msgspec.json.decode(answer.body)
        return str(body.get("error", body))[:200]
    except (msgspec.DecodeError, AttributeError):
        return f"status {answer.status}"
