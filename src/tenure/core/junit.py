"""JUnit XML: read as pytest, Surefire, Gradle, Jest and go-junit-report write it, and written.

There is no standard; this is what they agree on. <testsuites> or <testsuite> holds <testcase> with a name,
a class and seconds; a <failure>, <error> or <skipped> in it says how it ended. Surefire's <flakyFailure> and
<rerunFailure> say that it was tried again.
"""

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import quoteattr

from tenure.core.errors import invalid
from tenure.core.markup import walk
from tenure.core.tests import CaseResult, Outcome, counted

MOST_CASES = 20_000
_LONGEST_NAME, _LONGEST_MESSAGE = 500, 300
_OUTCOMES = {
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "skipped": Outcome.SKIPPED,
    "disabled": Outcome.SKIPPED,
}
_TRIED_AGAIN = frozenset({"flakyFailure", "flakyError", "rerunFailure", "rerunError"})
ROOTS = frozenset({"testsuites", "testsuite"})
"""The first element of such a file."""


def read(data: bytes, *, most: int = MOST_CASES) -> tuple[CaseResult, ...]:
    """Return the results of a file, each test once; raise `test.malformed`.

    A test that stands in it twice ended as it did last, and is flaky when it did not end so before.
    """
    reading = _Reading(most)
    walk(data, reading.begin, reading.end, "test.malformed")
    if not reading.found:
        raise invalid(
            "test.malformed", "no test stands in it", hint="pytest --junitxml=report.xml writes one"
        )
    return tuple(reading.found.values())


def write(suite: str, results: Sequence[CaseResult]) -> bytes:
    """Return the results as a file that every CI reads."""
    many = counted(results)
    numbers = " ".join(
        f'{name}="{many[key]}"'
        for name, key in (
            ("tests", "tests"),
            ("failures", "failed"),
            ("errors", "errors"),
            ("skipped", "skipped"),
            ("time", "seconds"),
        )
    )
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<testsuites>"]
    lines.append(f"<testsuite name={_quoted(suite)} {numbers}>")
    for one in results:
        place, _, name = one.name.rpartition("::")
        head = f"<testcase classname={_quoted(place or suite)} name={_quoted(name)}"
        head += f' time="{one.seconds:.3f}"'
        tag = next((tag for tag, outcome in _OUTCOMES.items() if outcome is one.outcome), None)
        inside = f"<{tag} message={_quoted(one.message)}/>" if tag else ""
        lines.append(f"{head}>{inside}</testcase>" if inside else f"{head}/>")
    return "\n".join([*lines, "</testsuite>", "</testsuites>", ""]).encode()


class _Reading:
    """What has been read so far; at most one test is open at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.found: dict[str, CaseResult] = {}
        self._rooted = False
        self._open: CaseResult | None = None

    def begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        if not self._rooted:
            self._rooted = True
            if tag not in ROOTS:
                raise invalid("test.malformed", f"<{tag[:50]}> is no JUnit file")
        if tag == "testcase":
            self._open = CaseResult(_name(attributes), Outcome.PASSED, _seconds(attributes))
        elif self._open is not None and tag in _OUTCOMES:
            said = _text(attributes.get("message", ""), _LONGEST_MESSAGE)
            one = self._open
            self._open = CaseResult(one.name, _OUTCOMES[tag], one.seconds, said, one.flaky)
        elif self._open is not None and tag in _TRIED_AGAIN:
            one = self._open
            flaky = one.flaky or tag.startswith("flaky")
            self._open = CaseResult(one.name, one.outcome, one.seconds, one.message, flaky)

    def end(self, tag: str) -> None:
        if tag != "testcase" or self._open is None:
            return
        one, self._open = self._open, None
        before = self.found.get(one.name)
        if before is None and len(self.found) >= self._most:
            raise invalid("test.malformed", f"more than {self._most:,} tests are not read")
        if before is not None:
            flaky = before.flaky or one.flaky or before.outcome.is_bad is not one.outcome.is_bad
            one = CaseResult(one.name, one.outcome, one.seconds, one.message, flaky)
        self.found[one.name] = one


def _name(attributes: Mapping[str, str]) -> str:
    place = attributes.get("classname") or attributes.get("file") or ""
    name = attributes.get("name") or "unnamed"
    return _text(f"{place}::{name}" if place else name, _LONGEST_NAME)


def _seconds(attributes: Mapping[str, str]) -> float:
    try:
        seconds = float(attributes.get("time", "0").replace(",", ""))
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and seconds >= 0.0 else 0.0


def _text(text: str, longest: int) -> str:
    """Return the text on one line, without control characters."""
    clean = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(clean.split())[:longest]


def _quoted(text: str) -> str:
    return quoteattr(_text(text, _LONGEST_NAME))
