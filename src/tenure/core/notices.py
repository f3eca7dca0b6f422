"""Notices: what people are told of an incident: what, since when, how bad, what is done about it.

A notice is words and numbers. How a channel carries it is the channel's business
(`adapters/notify`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tenure.core import digests
from tenure.core.findings import Finding
from tenure.core.incidents import What
from tenure.core.spec.values import Spec
from tenure.core.studies import Study
from tenure.core.words import count, number

_TITLES = {
    What.OPENED: "{what}",
    What.WORSENED: "more: {what}",
    What.CLOSED: "over: {what}",
}
_KINDS = {
    "accuracy": "the accuracy got worse",
    "estimate": "the estimated accuracy got worse",
    "slo.availability": "too many requests fail",
    "slo.latency": "too many requests are slow",
    "drift": "the data drifted",
    "quality": "the data got worse",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One message. `id` is its event's: whoever gets it twice knows it by that."""

    id: str
    what: What
    tenant_id: str
    model_id: str
    incident: str
    at: datetime  # business time, as are the others
    since: datetime
    findings: tuple[Finding, ...]  # those that it tells of
    title: str
    lines: tuple[tuple[str, str], ...]  # what is said, each under its heading

    @property
    def path(self) -> str:
        """What people write: `DL/arrival-delay`."""
        return f"{self.tenant_id}/{self.model_id}"

    @property
    def text(self) -> str:
        """The message in plain text, without its title."""
        return "\n".join(f"{heading}: {said}" for heading, said in self.lines)


def compose(
    what: What,
    at: datetime,
    members: Sequence[Finding],
    tells: Sequence[str],
    spec: Spec,
    studies: Sequence[Study],
) -> Notice:
    """Return what is to be told of an incident; `members` are all its findings, `tells` ids of some.

    `studies` are the model's races; those that a finding of the incident asked for are named.
    """
    told = tuple(one for one in members if one.id in set(tells)) or tuple(members)
    first = min(members, key=lambda one: (one.opened_at, one.id))
    path = f"{first.tenant_id}/{first.model_id}"
    kinds = list(dict.fromkeys(_KINDS.get(one.kind, one.kind) for one in told))
    return Notice(
        id=digests.short("ev", first.tenant_id, first.incident, what, at.isoformat()),
        what=what,
        tenant_id=first.tenant_id,
        model_id=first.model_id,
        incident=first.incident,
        at=at,
        since=first.opened_at,
        findings=told,
        title=f"{path}: " + _TITLES[what].format(what=" and ".join(kinds)),
        lines=_lines(what, told, members, spec, studies),
    )


def _lines(
    what: What,
    told: Sequence[Finding],
    members: Sequence[Finding],
    spec: Spec,
    studies: Sequence[Study],
) -> tuple[tuple[str, str], ...]:
    first = min(members, key=lambda one: (one.opened_at, one.id))
    lines = [("what", one.text) for one in told]
    lines.append(("since", f"{min(one.opened_at for one in told):%Y-%m-%d %H:%M} UTC"))
    if len(members) > len(told):
        others = count(len(members) - len(told), "other finding")
        lines.append(("incident", f"{others} since {first.opened_at:%Y-%m-%d %H:%M} UTC"))
    lines += [("how bad", words) for one in told if (words := _size(one))]
    if what is not What.CLOSED:
        for found in (one.diagnosis for one in told):
            if found is not None:
                lines += [("most of it", found.most_of_it), ("what changed", found.what_changed)]
    if what is What.CLOSED:
        lines += [("how it ended", one.closed_because) for one in told if one.closed_because]
    lines.append(("Tenure", _doing(what, members, spec, studies)))
    lines += [("you can", line) for line in _advice(what, told, spec)]
    return tuple(lines)


def _size(finding: Finding) -> str:
    if not finding.expected:
        return ""
    share = (finding.observed - finding.expected) / abs(finding.expected)
    more = "above" if share >= 0 else "below"
    return (
        f"{number(finding.observed)} is {abs(share):.0%} {more} the expected "
        f"{number(finding.expected)}, over {count(finding.rows, 'row')}"
    )


def _doing(what: What, members: Sequence[Finding], spec: Spec, studies: Sequence[Study]) -> str:
    causes = {f"finding:{one.id}" for one in members}
    races = [study for study in studies if study.cause in causes]
    if races:
        newest = max(races, key=lambda study: study.at)
        words = f"race {newest.id}: {newest.state}"
        return f"{words}, {newest.reason}" if newest.reason else words
    if what is What.CLOSED:
        return "goes on watching"
    wakes = [one.kind for one in members if f"finding:{one.kind}" in spec.retrain.on]
    if wakes:
        return "trains candidates and lets them race against the live version"
    return "goes on watching; [retrain] on asks for no race"


def _advice(what: What, told: Sequence[Finding], spec: Spec) -> list[str]:
    path = f"{spec.model.tenant}/{spec.model.name}"
    if what is What.CLOSED:
        return [f"tenure model show {path}"]
    shown = [f"tenure finding show {one.id}" for one in told]
    return [
        *shown,
        f"tenure study list {path}",
        f"tenure finding acknowledge {told[0].id} --reason …",
        f"tenure finding mute {told[0].id} --until … --reason …",
    ]
