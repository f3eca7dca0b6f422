"""Lines of tables and keys: checked against texts whose lines we know because we wrote them."""

from hypothesis import given
from hypothesis import strategies as st

from tenure.core.spec.places import find_places
from tenure.core.spec.toml import toml_header, toml_key, toml_value


def test_every_table_key_and_item_has_its_line() -> None:
    text = (
        "# a comment with [brackets]\n"
        "spec = 1\n"
        "[model] # end\n"
        'name = "a ] b # c"\n'
        "\n"
        "[data]\n"
        "key = [ # first\n"
        '  "a", # it\n'
        '  "b",\n'
        "]\n"
        "limits = { minutes = 10, memory = '4GiB' }\n"
        "a.b.c = 2\n"
        "[\"x y\".'z']\n"
        "k = 1979-05-27T07:32:00Z\n"
        "l = 1\n"
    )
    assert find_places(text) == {
        ("spec",): 2,
        ("model",): 3,
        ("model", "name"): 4,
        ("data",): 6,
        ("data", "key"): 7,
        ("data", "key", 0): 8,
        ("data", "key", 1): 9,
        ("data", "limits"): 11,
        ("data", "limits", "minutes"): 11,
        ("data", "limits", "memory"): 11,
        ("data", "a"): 12,
        ("data", "a", "b"): 12,
        ("data", "a", "b", "c"): 12,
        ("x y",): 13,
        ("x y", "z"): 13,
        ("x y", "z", "k"): 14,
        ("x y", "z", "l"): 15,
    }


def test_texts_over_several_lines_are_stepped_over() -> None:
    text = 'a = """\n[no]\nb = 1 \\"""\n"""\nc = \'\'\'\n[no]\n\'\'\'\nd = 1\n'
    assert find_places(text) == {("a",): 1, ("c",): 5, ("d",): 8}


def test_texts_may_end_with_quotes_of_their_own() -> None:
    assert find_places('a = """x"""""\nb = 1\n')[("b",)] == 2
    assert find_places("a = '''x'''''\nb = 1\n")[("b",)] == 2


def test_windows_line_ends_count_once() -> None:
    assert find_places("a = 1\r\n[b]\r\nc = 2\r\n") == {("a",): 1, ("b",): 2, ("b", "c"): 3}


def test_a_table_has_its_own_line_even_after_its_sub_tables() -> None:
    places = find_places("[gate.fresh]\nx = 1\n[gate]\nmode = 1\n")
    assert places[("gate",)] == 3


def test_lists_of_tables_are_found() -> None:
    assert find_places("[[a]]\nb = 1\n")[("a", "b")] == 2


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
TABLES = st.dictionaries(TEXTS, st.dictionaries(TEXTS, VALUES, max_size=3), max_size=4)


@given(TABLES, st.sampled_from(["\n", "\n\n# [comment]\n"]))
def test_any_file_that_we_write_gives_its_lines_back(
    tables: dict[str, dict[str, object]], gap: str
) -> None:
    lines: list[str] = []
    expected: dict[tuple[str, ...], int] = {}
    for table, pairs in tables.items():
        lines.append(toml_header(table))
        expected[(table,)] = "\n".join(lines).count("\n") + 1
        for name, value in pairs.items():
            lines.append(f"{toml_key(name)} = {toml_value(value)}{gap.rstrip()}")
            expected[(table, name)] = ("\n".join(lines)).count("\n") + 1 - gap.rstrip().count("\n")
    found = find_places("\n".join(lines) + "\n")
    assert {path: found[path] for path in expected} == expected
