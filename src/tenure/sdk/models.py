"""`t.models["DL/arrival-delay"]`: everything one does with a model."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tenure.core.errors import TenureError
from tenure.core.media import PARQUET
from tenure.sdk import frames, inference
from tenure.sdk.documents import Documents
from tenure.sdk.frames import Rows
from tenure.sdk.inference import Answer, Explanation
from tenure.sdk.nouns import Api, address
from tenure.sdk.runs import Run
from tenure.sdk.tests import Tests

Json = dict[str, Any]
_RUNNING = frozenset({"planned", "training", "judging"})
_POLL_SECONDS = 0.2


class Models:
    """The models that the key may see. `t.models["DL/arrival-delay"]`, or without the tenant."""

    def __init__(self, client: Api) -> None:
        self._client = client

    def __getitem__(self, path: str) -> "ModelHandle":
        """Return a handle; nothing is asked yet, so a wrong name shows when it is used."""
        tenant_id, slash, model_id = path.rpartition("/")
        return ModelHandle(self._client, tenant_id if slash else self._client.tenant_id, model_id)

    def list(self, tenant_id: str | None = None) -> Iterator[Json]:
        """Return the models of a tenant, of the key's own by default."""
        return self._client.pages(address("tenants", tenant_id or self._client.tenant_id, "models"))


class ModelHandle:
    """One model of one tenant."""

    def __init__(self, client: Api, tenant_id: str, model_id: str) -> None:
        self.tenant_id = tenant_id
        self.id = model_id
        self._client = client
        self._path = address("tenants", tenant_id, "models", model_id)
        self.tests = Tests(client, self._path)
        self.documents = Documents(client, self._path)

    def __repr__(self) -> str:
        return f"<model {self.tenant_id}/{self.id}>"

    def show(self) -> Json:
        """Return the model with its spec; raise `model.not_found`."""
        found: Json = self._client.get(self._path)
        return found

    def predict(
        self, rows: Rows, *, request_id: str | None = None, batch: int = inference.BATCH
    ) -> Answer:
        """Return what the model says of the rows (see `Answer`); every answer is logged.

        `rows` are a frame of polars, pandas or Arrow, a list of dicts or a dict of columns.
        Columns that the model does not take are left out; key and time columns are used when
        they are there.
        """
        path = address("t", self.tenant_id, "v2", "models", self.id)
        table = frames.table_of(rows)
        return inference.predict(
            self._client.serving, path, table, request_id=request_id, batch=batch
        )

    def explain(self, rows: Rows, *, batch: int = inference.EXPLAINED) -> Explanation:
        """Return what each feature added to the model's answers for the rows (see `Explanation`).

        `rows` as in `predict`. Raises `explain.black_box` for a model that cannot tell exactly.
        """
        path = address("t", self.tenant_id, "v2", "models", self.id)
        return inference.explain(self._client.serving, path, frames.table_of(rows), batch)

    def label(self, rows: Rows) -> Json:
        """Post the truth: the key columns or `request_id` (and `row`), and the target.

        Returns {"batches", "rows", "quarantined"}; the worker joins them later.
        """
        return self._post("labels", rows)

    def log(self, rows: Rows) -> Json:
        """Post predictions that were made elsewhere. Returns {"batches", "rows", "quarantined"}."""
        return self._post("predictions", rows)

    def datasets(self) -> Iterator[Json]:
        """Return the versions of the model's dataset."""
        return self._client.pages(f"{self._path}/datasets")

    def versions(self) -> Iterator[Json]:
        """Return the model's versions, oldest first."""
        return self._client.pages(f"{self._path}/versions")

    def add_version(
        self,
        data: bytes,
        name: str,
        *,
        format: str = "",  # noqa: A002  # as the API and the command line call it
        trained_until: datetime | None = None,
    ) -> Json:
        """Hand in a model file that was made elsewhere; returns {"id", "file", "bytes", "study"}.

        The study judges it: `study(…)`. `trained_until` says until when its training rows reach;
        left out, a person has to approve it. Raises `version.bad_name`, `dataset.none_yet`.
        """
        said = {"name": name, "format": format or None}
        if trained_until is not None:
            said["trained_until"] = trained_until.isoformat()
        taken: Json = self._client.upload(
            f"{self._path}/versions", data, "application/octet-stream", **said
        )
        return taken

    def train(self, reason: str, *, lane: str = "champion") -> Json:
        """Ask for a race of a lane now; returns {"id", "model", "lane", "study"}.

        It ends as `study(…)` says. Raises `lane.not_found`, `study.nothing_to_train`.
        """
        asked: Json = self._client.post(f"{self._path}/studies", {"reason": reason, "lane": lane})
        return asked

    def study(self, study_id: str, *, wait: float = 0.0) -> Json | None:
        """Return a race, once it has ended or `wait` seconds have passed; None before it begins."""
        until = time.monotonic() + wait
        while True:
            found = self._study(study_id)
            over = found is not None and found["state"] not in _RUNNING
            if over or time.monotonic() >= until:
                return found
            time.sleep(_POLL_SECONDS)

    def _study(self, study_id: str) -> Json | None:
        try:
            found: Json = self._client.get(self._path + address("studies", study_id))
        except TenureError as error:
            if error.code != "study.not_found":
                raise
            return None
        return found

    def deployments(self) -> Iterator[Json]:
        """Return the model's deployments, oldest first."""
        return self._client.pages(f"{self._path}/deployments")

    def studies(self) -> Iterator[Json]:
        """Return the model's races, oldest first."""
        return self._client.pages(f"{self._path}/studies")

    def tuning(self, study: str) -> Json:
        """Return {"metric", "progress", "importance", "html"} of a study that tried parameters.

        Raises `study.not_tuned`.
        """
        found: Json = self._client.get(self._path + address("studies", study, "tuning"))
        return found

    def trials(self, study: str) -> Iterator[Json]:
        """Return the trials of a study, in their order."""
        return self._client.pages(self._path + address("studies", study, "trials"))

    def runs(self, study: str | None = None) -> Iterator[Json]:
        """Return the model's trainings, or those of one study."""
        return self._client.pages(f"{self._path}/runs", study=study)

    def run(self, run_id: str) -> Run:
        """Return a handle on one training; nothing is asked yet."""
        return Run(self._client, self._path, run_id)

    def findings(self) -> Iterator[Json]:
        """Return what was found, oldest first."""
        return self._client.pages(f"{self._path}/findings")

    def accuracy(self, days: int = 14, *, until: datetime | None = None) -> Json:
        """Return what answers were worth on the last days: realised, estimated or unknown."""
        end = None if until is None else until.isoformat()
        found: Json = self._client.get(f"{self._path}/accuracy", days=days, until=end)
        return found

    def drift(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[Json]:
        """Return how answers differed from what trained the version, day by day."""
        start, end = (at.isoformat() if at else None for at in (since, until))
        return self._client.pages(f"{self._path}/drift", since=start, until=end)

    def drift_report(self, day: datetime | None = None) -> Json:
        """Return {"day", "version", "comparison", "html"} of a judged day, the newest by default."""
        when = day.isoformat() if day else None
        found: Json = self._client.get(f"{self._path}/drift/report", day=when)
        return found

    def reprofile(self, reason: str) -> Json:
        """Compute the profiles of the answers again from the log; returns the job that does it."""
        job: Json = self._client.post(f"{self._path}/drift/rebuild", {"reason": reason})
        return job

    def policy(self) -> Json:
        """Return {"tier", "digest", "clauses"}: what versions have to pass, and who asks for it."""
        found: Json = self._client.get(f"{self._path}/policy")
        return found

    def readiness(self) -> Json:
        """Return {"score", "band", "sections", "checks"}: the ML Test Score of what is recorded."""
        found: Json = self._client.get(f"{self._path}/readiness")
        return found

    def onboarding(self) -> Json:
        """Return {"model", "done", "steps", "missing"}: the checklist of the model's onboarding."""
        found: Json = self._client.get(f"{self._path}/onboarding")
        return found

    def decisions(self) -> Iterator[Json]:
        """Return what policies decided, oldest first."""
        return self._client.pages(f"{self._path}/decisions")

    def quarantine(self) -> Iterator[Json]:
        """Return the rows that were put aside: why, how many, an example."""
        return self._client.pages(f"{self._path}/quarantine")

    def outcome(self, since: datetime | None = None, until: datetime | None = None) -> Json:
        """Return what the lanes were worth on predictions made in [since, until)."""
        span = {
            "since": since.isoformat() if since else None,
            "until": until.isoformat() if until else None,
        }
        report: Json = self._client.get(f"{self._path}/outcome", **span)
        return report

    def approve(self, version: int, reason: str, *, scope: str = "") -> Json:
        """Approve a version that waits; raise `approval.not_waiting`.

        With the `scope` of what was looked at, raise `approval.scope_changed` when it is another by now.
        """
        return self.say("approve", version, reason, scope=scope)

    def say(self, word: str, version: int, reason: str, **more: str) -> Json:
        """Return what a word on a waiting version became.

        `word` is approve, deny, withdraw, validate, break-glass (`length` = "4h") or review.
        """
        path = self._path + address("versions", str(version), word)
        told = {name: text for name, text in more.items() if text}
        said: Json = self._client.post(path, {"reason": reason, **told})
        return said

    def roll_back(self, reason: str, lane: str = "champion") -> Json:
        """Go back to the version before; returns the job that does it."""
        path = self._path + address("deployments", lane, "rollback")
        job: Json = self._client.post(path, {"reason": reason})
        return job

    def start(
        self, version: int, reason: str, *, share: float = 0.0, at_most: str | None = None
    ) -> Json:
        """Try an approved version beside the live one; 0 is the shadow. Returns the job that does it.

        It lasts until somebody promotes or stops it, or for `at_most` ("14d").
        """
        body = {"version": version, "reason": reason, "share": share, "at_most": at_most}
        job: Json = self._client.post(f"{self._path}/deployments", body)
        return job

    def promote(self, version: int, reason: str) -> Json:
        """Let an approved version answer everything; returns the job that does it."""
        body = {"version": version, "reason": reason}
        job: Json = self._client.post(f"{self._path}/deployments/promote", body)
        return job

    def stop(self, reason: str) -> Json:
        """End what is tried beside the live version; returns the job that does it."""
        job: Json = self._client.post(f"{self._path}/deployments/stop", {"reason": reason})
        return job

    def compare(self, deployment: str) -> Json:
        """Return how a version that is or was tried compares with the live one."""
        path = self._path + address("deployments", deployment, "comparison")
        found: Json = self._client.get(path)
        return found

    def deprecate(
        self, reason: str, *, sunset: datetime | None = None, successor: str = ""
    ) -> Json:
        """Say that the model will end: its answers say when, and which model to ask instead."""
        when = sunset.isoformat() if sunset else None
        body = {"reason": reason, "successor": successor, "sunset": when}
        found: Json = self._client.post(f"{self._path}/deprecate", body)
        return found

    def reinstate(self, reason: str) -> Json:
        """Take a deprecation back."""
        found: Json = self._client.post(f"{self._path}/reinstate", {"reason": reason})
        return found

    def decommission(self, reason: str, *, successor: str = "") -> Json:
        """End the model for good: it answers 410; versions, log and ledger stay."""
        body = {"reason": reason, "successor": successor}
        found: Json = self._client.post(f"{self._path}/decommission", body)
        return found

    def import_dataset(self, data: bytes, media: str) -> Json:
        """Import rows, as bytes of CSV (`text/csv`) or Parquet, as a new dataset version."""
        made: Json = self._client.upload(f"{self._path}/datasets", data, media)
        return made

    def _post(self, noun: str, rows: Rows) -> Json:
        """Post rows in parts that the API takes; sum up the receipts."""
        batches: list[str] = []
        total, put_aside = 0, dict[str, int]()
        for part in frames.parts(frames.table_of(rows)):
            receipt = self._client.upload(f"{self._path}/{noun}", part, PARQUET)
            batches.append(receipt["batch"])
            total += receipt["rows"]
            for reason, count in receipt["quarantined"].items():
                put_aside[reason] = put_aside.get(reason, 0) + count
        return {"batches": batches, "rows": total, "quarantined": put_aside}
