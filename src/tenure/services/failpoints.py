"""Named places where a test may kill the process. They cost one dictionary look-up.

`TENURE_FAILPOINT=collect.before_commit` (or `name:3` for its third passing) ends the process there as
`kill -9` would. tests/chaos walks all of them.
"""

import os
import signal

_ARMED = os.environ.get("TENURE_FAILPOINT", "")
_NAME, _, _COUNT = _ARMED.partition(":")
_left = [int(_COUNT or "1")]


def failpoint(name: str) -> None:
    """Die here when this place is armed."""
    if name == _NAME:
        _left[0] -= 1
        if _left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
