"""Lets a revision of Tenure live the story and packs its home: `python -m tests.homes.pack v1.2`.

A work tree and an environment of its own are made in a temporary folder. The archive goes beside
this file, named by its turn and the commit; each release adds one, and none is ever remade.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LEFT_OUT = {"up.log", "home.lock", "client.json", "tenure.db-wal", "tenure.db-shm"}


def pack(revision: str) -> Path:
    """Return the archive of the home that a revision wrote."""
    commit = git("rev-parse", "--short=8", revision)
    with tempfile.TemporaryDirectory(prefix="tenure-home-") as folder:
        tree, life = Path(folder) / "tree", Path(folder) / "life"
        life.mkdir()
        git("worktree", "add", "--detach", str(tree), commit)
        try:
            run("make", ".venv/.ready", cwd=tree)
            run(str(tree / ".venv/bin/python"), str(HERE / "story.py"), str(life), cwd=tree)
        finally:
            git("worktree", "remove", "--force", str(tree))
        return packed(life, HERE / f"{len(archives()) + 1:04}-{commit}.tar.xz")


def packed(life: Path, archive: Path) -> Path:
    """Pack the home `.tenure` and `seen.json` of a folder."""
    home = life / ".tenure"
    with closing(sqlite3.connect(home / "tenure.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("VACUUM")
    with tarfile.open(archive, "w:xz", preset=9) as file:
        file.add(life / "seen.json", "seen.json")
        file.add(home, "home", filter=lambda one: None if Path(one.name).name in LEFT_OUT else one)
    return archive


def archives() -> list[Path]:
    """Return the packed homes, the oldest first."""
    return sorted(HERE.glob("[0-9]*.tar.xz"))


def unpacked(archive: Path, folder: Path) -> Path:
    """Unpack an archive into a folder; return the home."""
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    return folder / "home"


def git(*arguments: str) -> str:
    return run("git", *arguments, cwd=ROOT)


def run(*command: str, cwd: Path) -> str:
    mine = {k: v for k, v in os.environ.items() if not k.startswith("TENURE_")}
    found = shutil.which(command[0]) or command[0]
    done = subprocess.run(
        [found, *command[1:]], cwd=cwd, env=mine, text=True, stdout=subprocess.PIPE, check=True
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.stdout.write(f"{pack(sys.argv[1])}\n")
