"""The tables `[rollout.shadow]` and `[rollout.canary]`: how a promoted version comes to be live."""

from tenure.core.spec.kinds import Choice, Number
from tenure.core.spec.listings import Listing
from tenure.core.spec.records import Key, Record
from tenure.core.spec.spans import Duration
from tenure.core.spec.values import CanaryPart, RolloutPart, ShadowPart

_SHADOW = Record(
    keys=(Key("rows", Number(low=1, whole=True), "how many rows it answers there", 500),),
    make=lambda _, values: ShadowPart(**values),
    part=ShadowPart,
)
_GUARD = Record(
    keys=(
        Key("errors", Number(above=0, high=1), "the share of answers that may fail", 0.005),
        Key("p99_ms", Number(above=0), "what 99 of 100 answers may take", 30.0),
    ),
    part=CanaryPart,
)
_CANARY = Record(
    keys=(
        Key(
            "shares",
            Listing(Number(above=0, high=1), least=1, expected="a list of numbers"),
            "of the requests, one after the other",
            [0.1, 0.5],
        ),
        Key("until", Choice(("safe",)), "what ends a share: proof that it does no harm", "safe"),
        Key("at_most", Duration(least=1), "how long the canary may take in all", "7d"),
        Key(
            "otherwise",
            Choice(("abort", "promote")),
            "what happens then when it is neither proven safe nor unsafe",
            "abort",
        ),
        Key(
            "margin",
            Number(above=0),
            "how much worse than live is no harm, in the metric's unit; [monitor].tolerance when left out",
            0.01,
        ),
        Key("confidence", Number(0.5, 0.9999), "how sure the proof must be", 0.95),
        Key("guard", _GUARD, "what aborts it, whatever its losses", {"errors": 0.005}, flat=True),
    ),
    make=lambda _, values: CanaryPart(**values),
    part=CanaryPart,
)
ROLLOUT = Record(
    keys=(
        Key("shadow", _SHADOW, "first it answers beside the live version, unseen", {}),
        Key("canary", _CANARY, "then it answers a share of the requests", {}),
    ),
    make=lambda _, values: RolloutPart(**values),
    part=RolloutPart,
)
