"""Figures in a folder: the last word of every process, dead or alive."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tenure.adapters.telemetry.figures import FolderFigures


def test_everybody_sees_what_everybody_published_last(tmp_path: Path) -> None:
    one, other = FolderFigures(tmp_path), FolderFigures(tmp_path)
    one.publish("p-1", b"1")
    other.publish("p-2", b"2")
    one.publish("p-1", b"3")
    assert one.published() == other.published() == {"p-1": b"3", "p-2": b"2"}


def test_a_question_is_noticed(tmp_path: Path) -> None:
    one, other = FolderFigures(tmp_path), FolderFigures(tmp_path)
    seen = other.asked()
    for _ in range(5):
        one.ask()
        assert other.asked() != seen
        seen = other.asked()
        assert other.asked() == seen


def test_several_become_one(tmp_path: Path) -> None:
    figures = FolderFigures(tmp_path)
    for name in ("a", "b", "c"):
        figures.publish(name, name.encode())
    figures.fold(lambda found: ("ended", found["a"] + found["b"], {"a", "b"}))
    assert figures.published() == {"ended": b"ab", "c": b"c"}
    figures.fold(lambda _: ("ended", b"", set()))
    assert figures.published() == {"ended": b"ab", "c": b"c"}


def test_threads_of_one_process_may_publish_and_ask_at_the_same_moment(tmp_path: Path) -> None:
    figures = FolderFigures(tmp_path)

    def work(number: int) -> None:
        for _ in range(200):
            figures.publish("p", b"%d" % number)
            figures.ask()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    assert figures.published()["p"] in {b"0", b"1", b"2", b"3"}
