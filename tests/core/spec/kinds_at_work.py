"""Reading a single value with a kind, for the tests of kinds."""

from tenure.core.errors import TenureError
from tenure.core.spec.kinds import Kind
from tenure.core.spec.nodes import plant
from tenure.core.spec.problems import InValue, Problems, SpecError


def read(kind: Kind, value: object) -> object:
    """Return what the kind reads; raise `SpecError` with what is wrong."""
    problems = Problems(InValue())
    found = kind.read(plant(value, ("table", "key")), problems)
    problems.refuse()
    return found


def code(kind: Kind, value: object) -> str:
    """Return the code under which the kind refuses a value, "" when it takes it."""
    try:
        read(kind, value)
    except SpecError as error:
        return error.code
    return ""


def hint(kind: Kind, value: object) -> str:
    """Return the hint of a refusal."""
    try:
        read(kind, value)
    except TenureError as error:
        return error.hint
    return ""
