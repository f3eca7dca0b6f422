"""A serving process over the small ports: `python -m tests.serving.process HOME PORT [FD]`.

FD is the descriptor of a socket that listens already, as `tenure up` hands it down.
"""

import sys
from pathlib import Path

from tenure.app.serving import run, wire
from tests.serving.small import sources


def main() -> None:
    home = Path(sys.argv[1])
    listening = int(sys.argv[3]) if len(sys.argv) > 3 else None
    run(wire(home, sources(home)), "127.0.0.1", int(sys.argv[2]), listening)


if __name__ == "__main__":
    main()
