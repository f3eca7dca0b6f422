"""Values of a spec that stand alone: the format number, a cron line, a zone, `inherit`."""

from dataclasses import dataclass
from datetime import UTC, datetime

from tenure.core.calendar import next_instant
from tenure.core.spec.kinds import Flag, Number, Schema, Text, bad_value, read_with, unsupported
from tenure.core.spec.nodes import Node, label
from tenure.core.spec.problems import Problems
from tenure.core.spec.toml import toml_value

_ANY_DAY = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Format:
    """The number of the file format. It fills no attribute: a spec has one form in memory."""

    number: int
    expected: str = "a whole number"

    def read(self, node: Node, problems: Problems) -> dict[str, object]:
        """Return nothing; refuse the formats of other days."""
        found = Number(whole=True).read(node, problems)
        if found is not None and found != self.number:
            hint = f"write {node.name} = {self.number}"
            bad_value(node, problems, f"format {found} is not known to this Tenure", hint)
        return {}

    def write(self, value: object) -> object:  # noqa: ARG002  # every spec is written alike
        """Return the number."""
        return self.number

    def schema(self) -> Schema:
        """Return a constant."""
        return {"const": self.number}


@dataclass(frozen=True, slots=True)
class Inherit:
    """Whether a challenger starts from the champion's parts; `blueprint.py` acts on it."""

    expected: str = "true or false"

    def read(self, node: Node, problems: Problems) -> dict[str, object]:
        """Return nothing: the parts have been inherited already."""
        Flag().read(node, problems)
        return {}

    def write(self, value: object) -> object:  # noqa: ARG002  # the canonical form is complete
        """Return false: in the canonical form every lane says everything itself."""
        return False

    def schema(self) -> Schema:
        """Return a boolean schema."""
        return {"type": "boolean", "default": True}


@dataclass(frozen=True, slots=True)
class Cron:
    """A five-field cron expression in UTC."""

    expected: str = "a cron expression"

    def read(self, node: Node, problems: Problems) -> str | None:
        """Return the expression when it ever comes."""
        comes = read_with(lambda text: next_instant(text, _ANY_DAY), node, self.expected, problems)
        return str(node.value) if comes is not None else None

    def write(self, value: object) -> object:
        """Return the expression."""
        return value

    def schema(self) -> Schema:
        """Return a string schema."""
        return {"type": "string", "pattern": r"^\S+( +\S+){4}$"}


@dataclass(frozen=True, slots=True)
class Zone:
    """The time zone of a schedule: UTC, as all business time."""

    expected: str = "a text"

    def read(self, node: Node, problems: Problems) -> str | None:
        """Return "UTC"."""
        zone = Text().read(node, problems)
        if zone is not None and zone != "UTC":
            what = f"{label(node.path)} {toml_value(zone)}"
            unsupported(node, problems, what, 'write the schedule in UTC: zone = "UTC"')
            return None
        return zone

    def write(self, value: object) -> object:
        """Return the zone."""
        return value

    def schema(self) -> Schema:
        """Return a constant."""
        return {"const": "UTC"}
