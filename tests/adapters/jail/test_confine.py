"""What a task in the jail cannot do, whoever wrote it; and what it can."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenure.adapters.jail import confine, landlock, seccomp
from tenure.adapters.jail.trainer import JailedTrainer
from tests.adapters.jail.attempts import PROGRAM, attempt

CONFINED = landlock.abi() > 0
FILTERED = seccomp.is_available()


@pytest.fixture(scope="module")
def trainer() -> Iterator[JailedTrainer]:
    jailed = JailedTrainer(PROGRAM)
    yield jailed
    jailed.close()


def test_the_machine_says_what_confines_a_task() -> None:
    said = confine.describe()
    assert ("Landlock (ABI" in said) is CONFINED
    assert (", seccomp" in said) is (FILTERED and CONFINED)
    assert ("own recipes only" in said) is not CONFINED


@pytest.mark.parametrize("path", ["/etc/passwd", "/proc/self/environ", "/proc/1/cmdline", __file__])
def test_files_outside_the_installation_cannot_be_read(trainer: JailedTrainer, path: str) -> None:
    told = attempt(trainer, "read", path=path)
    assert told == "refused: Permission denied" or not CONFINED


@pytest.mark.parametrize("path", ["/proc/self/maps", "/proc/self/statm"])
def test_a_process_may_read_how_much_memory_it_has_itself(
    trainer: JailedTrainer, path: str
) -> None:
    assert not attempt(trainer, "read", path=path).startswith("refused")


@pytest.mark.parametrize("path", ["/", "/etc", "/var", "/proc", str(Path.home())])
def test_folders_outside_the_installation_cannot_be_listed(
    trainer: JailedTrainer, path: str
) -> None:
    told = attempt(trainer, "list", path=path)
    assert told == "refused: Permission denied" or not CONFINED


def test_the_installation_can_be_read_but_not_changed(trainer: JailedTrainer) -> None:
    assert "OS routines" in attempt(trainer, "read", path=os.__file__)
    told = attempt(trainer, "write", path=str(Path(sys.prefix) / "jail-was-here"))
    assert told == "refused: Permission denied" or not CONFINED


def test_nothing_outside_the_scratch_folder_can_be_written_or_removed(
    trainer: JailedTrainer, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.write_text("as it was", "utf-8")
    for trick in ("write", "remove"):
        told = attempt(trainer, trick, path=str(kept))
        assert told == "refused: Permission denied" or not CONFINED
    assert kept.read_text("utf-8") == "as it was" or not CONFINED


def test_a_link_does_not_lead_outside(trainer: JailedTrainer) -> None:
    told = attempt(trainer, "link", path="/etc/passwd")
    assert told == "refused: Permission denied" or not CONFINED


def test_nothing_can_be_connected_to(trainer: JailedTrainer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        told = attempt(trainer, "connect", port=server.getsockname()[1])
    assert told.startswith("refused:") or not (CONFINED or FILTERED)


@pytest.mark.parametrize("trick", ["fork", "run", "loosen"])
def test_no_process_program_or_looser_limit_can_be_had(trainer: JailedTrainer, trick: str) -> None:
    told = attempt(trainer, trick)
    assert told.startswith("refused:") or not FILTERED


def test_other_processes_can_be_neither_signalled_nor_looked_at(trainer: JailedTrainer) -> None:
    for trick in ("signal", "memory_of"):
        told = attempt(trainer, trick, pid=os.getppid())
        assert told.startswith("refused:") or not (CONFINED and FILTERED)


def test_secrets_of_the_worker_are_not_in_the_environment(
    trainer: JailedTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENURE_DATABASE_URL", "postgresql://user:secret@host/db")
    again = JailedTrainer(PROGRAM)
    try:
        assert "TENURE" not in attempt(again, "environment")
    finally:
        again.close()


def test_only_streams_and_the_answers_file_are_open(trainer: JailedTrainer) -> None:
    opened = attempt(trainer, "open_files").split()
    assert opened[:3] == ["0", "1", "2"]
    assert len(opened) == 4  # and the result's; the task's own file is read and closed


def test_the_scratch_folder_and_threads_are_at_hand(trainer: JailedTrainer) -> None:
    assert attempt(trainer, "scratch") == "kept here and in True"
    assert attempt(trainer, "in_a_thread") == "from a thread"


def test_scratch_folders_do_not_outlive_their_task(tmp_path: Path) -> None:
    jailed = JailedTrainer(PROGRAM, tmp_path)
    try:
        assert attempt(jailed, "scratch").startswith("kept here")
        assert list(tmp_path.iterdir()) == []
    finally:
        jailed.close()
