"""Tables: known keys, keys that are refused for now, and tables with names of their own."""

from dataclasses import dataclass
from types import SimpleNamespace

from tenure.core.spec.kinds import Number, Text
from tenure.core.spec.records import Key, Named, Record, Wrapped
from tests.core.spec.kinds_at_work import code, hint, read


@dataclass(frozen=True)
class Part:
    name: str
    seed: float = 7.0
    deep: float = 1.0
    words: tuple[object, ...] = ()


WORD = Record(
    (Key("text", Text(), "a text", "x"),), make=lambda name, _: SimpleNamespace(name=name)
)
INNER = Record((Key("level", Number(), "how deep", 2.0, attr="deep"),), part=Part)
TABLE = Record(
    keys=(
        Key("name", Text(), "its name", "n", required=True),
        Key("seed", Number(), "a seed", 8.0),
        Key("inner", INNER, "an inner table", {}, flat=True),
    ),
    make=lambda _, values: Part(**{**values, "words": tuple(values["words"])}),
    part=Part,
    later={"code": "leave it out"},
    rest=WORD,
    rest_attr="words",
)


def test_a_table_becomes_its_part() -> None:
    found = read(TABLE, {"name": "a", "inner": {"level": 3}, "mine": {}})
    assert found == Part("a", deep=3.0, words=(SimpleNamespace(name="mine"),))


def test_keys_that_are_left_out_take_the_default_of_the_part() -> None:
    assert read(TABLE, {"name": "a"}) == Part("a")
    assert TABLE.default(TABLE.keys[1]) == 7.0
    assert TABLE.default(TABLE.keys[0]) is None


def test_a_part_is_written_with_all_its_values() -> None:
    plain = Record(TABLE.keys, part=Part)
    assert plain.write(Part("a")) == {"name": "a", "seed": 7.0, "inner": {"level": 1.0}}


def test_a_part_without_what_it_needs_is_not_written() -> None:
    assert Record(TABLE.keys, part=Part).write(Part("")) == {}


def test_unknown_missing_and_later_keys_are_refused() -> None:
    assert code(TABLE, {"name": "a", "sede": 1}) == "spec.unknown_key"
    assert hint(TABLE, {"name": "a", "sede": 1}).startswith('did you mean "seed"?')
    assert code(TABLE, {}) == "spec.missing_key"
    assert code(TABLE, {"name": "a", "code": "x"}) == "spec.not_yet_supported"
    assert code(TABLE, 3) == "spec.wrong_type"


def test_the_schema_says_what_is_read() -> None:
    found = TABLE.schema()
    assert found["required"] == ["name"]
    assert found["additionalProperties"] == WORD.schema()
    assert isinstance(found["properties"], dict)
    assert found["properties"]["seed"] == {
        "description": "a seed",
        "type": "number",
        "examples": [8.0],
        "default": 7.0,
    }


def test_named_values_come_in_the_order_of_their_names() -> None:
    kind = Named(WORD)
    assert read(kind, {"b": {}, "a": {}}) == (SimpleNamespace(name="a"), SimpleNamespace(name="b"))
    assert code(kind, []) == "spec.wrong_type"
    assert code(kind, {"": {}}) == "spec.bad_value"
    assert kind.write([SimpleNamespace(name="a", text="t")]) == {"a": {"text": "t"}}


def test_names_may_be_restricted() -> None:
    kind = Named(WORD, Text(pattern="[a-z]+"))
    assert kind.schema()["propertyNames"] == {"pattern": "^[a-z]+$"}
    assert "propertyNames" not in Named(WORD).schema()


def test_a_wrapped_table_is_a_single_value() -> None:
    kind = Wrapped(
        Record((Key("count", Number(), "how many", 1.0, required=True),)),
        unwrap=lambda values: values["count"] * 2,
        wrap=lambda value: {"count": value / 2},
    )
    assert read(kind, {"count": 3}) == 6.0
    assert kind.write(6.0) == {"count": 3.0}
    assert code(kind, {}) == "spec.missing_key"
