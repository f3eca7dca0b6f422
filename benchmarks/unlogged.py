"""Tenure's serving process as it would be without a log: what is to be logged is let go at once."""

import sys
from pathlib import Path

from tenure.app.serving import build, run
from tenure.serving.entries import Entry
from tenure.serving.journal import Journal


def main() -> None:
    def forget(self: Journal, entry: Entry) -> None:  # the method's signature
        """Keep nothing."""

    Journal.put = forget  # type: ignore[method-assign]  # the one difference that is measured
    run(build(Path(sys.argv[1])), "127.0.0.1", int(sys.argv[2]))


if __name__ == "__main__":
    main()
