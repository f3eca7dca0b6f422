"""A serving process over the small ports: `python -m tests.serving.process HOME PORT`."""

import sys
from pathlib import Path

from tenure.app.serving import run, wire
from tests.serving.small import sources


def main() -> None:
    home = Path(sys.argv[1])
    run(wire(home, sources(home)), "127.0.0.1", int(sys.argv[2]))


if __name__ == "__main__":
    main()
