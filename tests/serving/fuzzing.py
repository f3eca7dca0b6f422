"""How many cases a fuzz test tries: a small share in `make test`, TENURE_FUZZ times it otherwise."""

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("TENURE_FUZZ", "1"))
PROFILE = "serving"
settings.register_profile(PROFILE, max_examples=100 * TIMES, deadline=None)


def cases(count: int) -> settings:
    """Return hypothesis' settings for `count` cases against a running server."""
    return settings(
        max_examples=count * TIMES,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.filter_too_much,
        ],
    )
