"""Trees of raw values: every node knows where it was written."""

from tenure.core.spec.nodes import heading, label, plant

TREE = plant({"train": {"windows": ["60d", 1], "limits": {"minutes": 10}}})


def test_nodes_know_their_paths() -> None:
    minutes = TREE.find(("train", "limits", "minutes"))
    assert minutes is not None
    assert (minutes.path, minutes.value, minutes.name) == (
        ("train", "limits", "minutes"),
        10,
        "minutes",
    )


def test_items_of_a_list_are_nodes_with_their_place() -> None:
    windows = TREE.find(("train", "windows"))
    assert windows is not None
    assert [(one.path[-1], one.value) for one in windows.items()] == [(0, "60d"), (1, 1)]
    assert list(TREE.items()) == []


def test_what_is_not_there_is_none() -> None:
    assert TREE.find(("train", "seed")) is None
    assert TREE.find(("train", "seed", "deeper")) is None
    assert TREE.name == ""


def test_keys_of_a_value_become_texts() -> None:
    assert plant({1: 2}).child("1") is not None


def test_places_read_like_the_file() -> None:
    assert heading(()) == "the file"
    assert heading(("gate", "champion")) == "[gate.champion]"
    assert label(("spec",)) == "spec"
    assert label(("train", "windows", 1)) == "[train] windows[1]"
    assert label(()) == "the file"
