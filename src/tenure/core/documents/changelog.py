"""The change log of a model: what came into force when, why, and what of it is new."""

from dataclasses import dataclass

from tenure.core.documents.dossier import Dossier
from tenure.core.documents.tree import Document, Fact, Grid, Part, Value
from tenure.core.studies import Run
from tenure.core.versions import Version
from tenure.core.words import count

_FOOT = "Newest first. A version is listed each time it came into force."


@dataclass(frozen=True, slots=True)
class Made:
    """A version and what trained it."""

    version: Version
    run: Run | None


def changelog(one: Dossier, made: dict[int, Made]) -> Document:
    """Return the log; `made` has the versions that were champion, by number."""
    parts = []
    before: int | None = None
    for reign in one.reigns:
        facts = (
            Fact(
                "in force from",
                f"{reign.since:%Y-%m-%d %H:%M}",
                f"deployment {reign.deployment_id}",
            ),
            Fact("until", f"{reign.until:%Y-%m-%d %H:%M}" if reign.until else "now"),
            Fact("why", reign.why, f"study {reign.study_id}" if reign.study_id else ""),
            Fact("approved by", ", ".join(reign.approved_by) or None),
            Fact("how it ended", reign.ended or None),
        )
        changes = _changes(made.get(before) if before else None, made.get(reign.version))
        heads = ("what", "before", "now")
        grids = (Grid("Changed", heads, changes),) if changes else ()
        parts.append(
            Part(f"Version {reign.version} ({reign.since:%Y-%m-%d})", facts=facts, grids=grids)
        )
        before = reign.version
    subtitle = f"{count(len(parts), 'champion')}, {count(one.versions, 'version')} registered"
    return Document(
        "changelog",
        f"Changes of {one.model.path}",
        subtitle,
        one.at,
        tuple(reversed(parts)),
        foot=_FOOT,
    )


def _changes(before: Made | None, now: Made | None) -> tuple[tuple[Value, ...], ...]:
    """Return what differs between two versions, in a fixed order."""
    if before is None or now is None or before.version.number == now.version.number:
        return ()
    then, new = _told(before), _told(now)
    names = [*new, *(name for name in then if name not in new)]
    return tuple(
        (name, then.get(name), new.get(name)) for name in names if then.get(name) != new.get(name)
    )


def _told(made: Made) -> dict[str, Value]:
    version, run = made.version, made.run
    found: dict[str, Value] = {"runtime": version.runtime}
    if run is not None:
        found |= {
            "trained by": run.entry or run.recipe,
            "window": run.window,
            "rows trained on": run.rows,
            "trained until": f"{run.train_until:%Y-%m-%d}",
            "dataset": run.dataset_id,
            "code": run.code_digest or None,
        }
        found |= {f"param {name}": _value(value) for name, value in sorted(run.params.items())}
    found["features"] = ", ".join(column.name for column in version.signature.features)
    found["holdout loss"] = version.holdout_loss
    return found


def _value(value: object) -> Value:
    return value if isinstance(value, str | int | float) else str(value)
