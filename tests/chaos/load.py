"""Clients of a real `tenure up`: they ask, label and declare, and remember what they were told."""

import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Self

import httpx

from tests.small.rows import parquet, stream

CHURN = "churn"
NEWCOMERS = ("one", "two")
_PARQUET = "application/vnd.apache.parquet"


def spec(model: str) -> dict[str, Any]:
    """Return a model's declaration; all are alike."""
    return {
        "spec": 1,
        "model": {"tenant": "acme", "name": model, "task": "binary"},
        "data": {
            "source": "rows.parquet",
            "target": "left",
            "time": "at",
            "key": ["id"],
            "ignore": ["kind", "price"],
        },
        "labels": {"event_time": "known", "final_after": "1d"},
        "train": {"recipe": "linear", "windows": ["10d", "all"]},
        "gate": {"holdout": "5d"},
    }


def first_rows() -> bytes:
    """Return what every model is trained on."""
    return parquet(stream(20))


@dataclass
class Clients:
    """Threads that go on through everything; a request that was not answered is sent again.

    A prediction is not: whoever asks again asks under another id.
    """

    api: str
    serving: str
    key: str
    answers: dict[str, float] = field(default_factory=dict)  # request id -> when it was answered
    asked: dict[str, str] = field(default_factory=dict)  # request id -> the row's truth
    labelled: set[str] = field(default_factory=set)
    declared: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stopping = threading.Event()
        acts = (self._ask, self._label, self._declare)
        self._threads = [threading.Thread(target=self._go_on, args=(act,)) for act in acts]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def finish(self, seconds: float) -> None:
        """Ask no more; return when everything that was answered has been labelled and declared."""
        self._stopping.set()
        self._threads[0].join()
        until = time.monotonic() + seconds
        while len(self.labelled) < len(self.answers) or len(self.declared) < len(NEWCOMERS):
            assert time.monotonic() < until, (len(self.labelled), len(self.answers), self.wrong)
            time.sleep(0.05)

    def _go_on(self, act: Any) -> None:
        head = {"Authorization": f"Bearer {self.key}"}
        with httpx.Client(headers=head, timeout=60) as http:
            while act(http):
                time.sleep(0.02)

    def _sent(self, http: httpx.Client, method: str, url: str, **body: Any) -> bool:
        """Return whether a request was answered well; a house that is down or busy is no fault."""
        try:
            answer = http.request(method, url, **body)
        except httpx.TransportError:
            time.sleep(0.05)
            return False
        if not answer.is_success and answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            self.wrong.append(f"{method} {url}: {answer.status_code} {answer.text}")
        return answer.is_success

    def _ask(self, http: httpx.Client) -> bool:
        name = f"p{len(self.asked):05}"
        x, y = random.gauss(0, 1), random.gauss(0, 1)
        self.asked[name] = "yes" if x + y > 0 else "no"
        texts = {"id": name, "at": _now()}
        texts["colour"] = "c-red" if y > 0 else "c-blue"
        inputs = [
            {"name": n, "shape": [1], "datatype": "FP64", "data": [v]}
            for n, v in (("x", x), ("y", y))
        ] + [{"name": n, "shape": [1], "datatype": "BYTES", "data": [v]} for n, v in texts.items()]
        body = {"id": name, "inputs": inputs}
        if self._sent(http, "POST", f"{self.serving}/v2/models/{CHURN}/infer", json=body):
            self.answers[name] = time.monotonic()
        return not self._stopping.is_set()

    def _label(self, http: httpx.Client) -> bool:
        """Post the truth of what was answered, thirty at a time."""
        owed = sorted(set(self.answers) - self.labelled)[:30]
        rows = [{"id": name, "left": self.asked[name], "known": _now()} for name in owed]
        url = f"{self.api}/api/v1/labels?model={CHURN}"
        if owed and self._sent(http, "POST", url, json={"labels": rows}):
            self.labelled.update(owed)
        return not self._stopping.is_set() or len(self.labelled) < len(self.answers)

    def _declare(self, http: httpx.Client) -> bool:
        """Bring up another model, twice: declare it, import its rows; the loop does the rest."""
        if len(self.declared) == len(NEWCOMERS):
            return False
        name = NEWCOMERS[len(self.declared)]
        url = f"{self.api}/api/v1/tenants/acme/models/{name}"
        body = {"content": first_rows(), "headers": {"Content-Type": _PARQUET}}
        done = self._sent(http, "PUT", f"{url}/spec", json=spec(name))
        if done and self._sent(http, "POST", f"{url}/datasets", **body):
            self.declared.append(name)
        return True


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
