"""`t.models["DL/arrival-delay"].run("rn_…")`: one training, what it told, and others beside it."""

import time
from collections.abc import Iterator
from typing import Any

from tenure.core import digests
from tenure.sdk.nouns import Api, address

Json = dict[str, Any]
_POLL_SECONDS = 0.2
_FOLLOW_SECONDS = 1.0
_OVER = frozenset({"succeeded", "failed", "cancelled"})
_OVERLAP = 2000


class Run:
    """One training of one model."""

    def __init__(self, client: Api, model_path: str, run_id: str) -> None:
        self.id = run_id
        self._client = client
        self._path = model_path + address("runs", run_id)

    def __repr__(self) -> str:
        return f"<run {self.id}>"

    def show(self) -> Json:
        """Return the training with everything that it pinned; raise `run.not_found`."""
        found: Json = self._client.get(self._path)
        return found

    def metrics(self) -> list[Json]:
        """Return {"metric", "steps", "values"} of every metric that the training logged."""
        return list(self._client.pages(f"{self._path}/metrics"))

    def log(self) -> Json:
        """Return {"run", "state", "text", "metrics"}: the last 64 KiB of what it has printed by now."""
        found: Json = self._client.get(f"{self._path}/log")
        return found

    def artifact(self, name: str) -> bytes:
        """Return a file that the training kept; raise `artifact.not_found`."""
        found: Json = self._client.get(f"{self._path}/artifact", name=name)
        return digests.from_base64(found["data"])

    def follow(self) -> Iterator[str]:
        """Give what the training prints, as it does, until it is over."""
        seen, state = "", ""
        while state not in _OVER:
            told = self.log()
            state = told["state"]
            if news := _after(seen, told["text"]):
                yield news
            seen = told["text"]
            if state not in _OVER:
                time.sleep(_FOLLOW_SECONDS)

    def cancel(self, reason: str) -> Json:
        """End the training; its race goes on without it. Raises `run.over`."""
        said: Json = self._client.post(f"{self._path}/cancel", {"reason": reason})
        return said

    def reproduce(self, reason: str, *, tolerance: float = 0.0) -> Json:
        """Ask for the training to be done again from what the run pins; returns the job.

        `reproduction(job["key"], wait=…)` has the result. Raises `run.not_reproducible`.
        """
        body = {"reason": reason, "tolerance": tolerance}
        job: Json = self._client.post(f"{self._path}/reproduce", body)
        return job

    def reproduction(self, job_key: str, *, wait: float = 0.0) -> Json | None:
        """Return {"reproduced", "max_difference", "share_equal", "changed", …}; None before it is done."""
        until = time.monotonic() + wait
        while True:
            found: Json | None = self.show()["reproduced"]
            is_done = found is not None and found["asked"] == job_key
            if is_done or time.monotonic() >= until:
                return found if is_done else None
            time.sleep(_POLL_SECONDS)

    def compare(self, *others: str) -> Json:
        """Return {"comparison", "html"}: this run beside up to three others, by their ids."""
        found: Json = self._client.get(f"{self._path}/comparison", beside=list(others))
        return found


def _after(seen: str, now: str) -> str:
    """Return what `now`, the end of a text, has more than `seen`, an end of it from before."""
    known = seen[-_OVERLAP:]
    place = now.rfind(known) if known else -1
    return now if place < 0 else now[place + len(known) :]
