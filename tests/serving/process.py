"""A serving process over the small ports: `process.py HOME PORT`."""

import sys
from pathlib import Path

from small import FolderBlobs, MeanRuntimes  # run as a script: its folder is on the path

from tenure.adapters.releases.folder import FolderReleases
from tenure.app.serving import run, wire
from tenure.serving.loading import Sources


def main() -> None:
    home = Path(sys.argv[1])
    sources = Sources(
        FolderReleases(home / "releases"), FolderBlobs(home / "blobs"), MeanRuntimes()
    )
    run(wire(home, sources), "127.0.0.1", int(sys.argv[2]))


if __name__ == "__main__":
    main()
