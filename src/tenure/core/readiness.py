"""The ML Test Score (Breck et al. 2017), read off what is recorded of a model and its live version.

28 checks in four sections; one that is made by itself counts 1, one that a person made or declared 0.5. The
score is the smallest of the four sums: the weakest side is what breaks. What was found counts for thirty
days, half of it for ninety, then no more, so the score of a model that nobody looks after falls by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

FRESH, STALE = timedelta(days=30), timedelta(days=90)
SECTIONS = ("data", "model", "infrastructure", "monitoring")
BANDS = (
    (0.0, "a research project"),
    (1.0, "serious holes are possible"),
    (2.0, "a first pass"),
    (3.0, "reasonably tested"),
    (5.0, "strong"),
)
"""Up to which score it is called so; beyond the last it is exceptional."""

_NOT_YET = "nothing here computes it yet"


@dataclass(frozen=True, slots=True)
class Rule:
    """One check of the rubric, and how a model comes to pass it."""

    id: str
    says: str
    how: str = _NOT_YET


RULES = (
    Rule("D1", "feature expectations are in a schema", "import a dataset: its signature is held"),
    Rule("D2", "all features are beneficial", "let it serve: a reference weighs each input"),
    Rule("D3", "no feature costs too much", "hand the model in: its cost is measured"),
    Rule("D4", "features keep to rules about features", "name them in [features]"),
    Rule("D5", "the pipeline controls privacy", "say how long: [retire] keep_predictions"),
    Rule("D6", "new features can be added quickly"),
    Rule(
        "D7", "code of inputs is tested", "cover 80 % of it: tenure test import MODEL coverage.xml"
    ),
    Rule("M1", "the model was reviewed", "have it approved or validated: tenure approval"),
    Rule(
        "M2", "offline and online figures agree", "needs five versions that were live and labelled"
    ),
    Rule("M3", "hyperparameters are tuned", "let several windows race: [train] windows"),
    Rule("M4", "the effect of staleness is known", "let a second race end: it meets the champion"),
    Rule("M5", "a simpler model is not better", "evaluations carry the baseline of a constant"),
    Rule("M6", "important slices are good enough"),
    Rule("M7", "it was tested for inclusion"),
    Rule("I1", "training is reproducible"),
    Rule(
        "I2", "the model's specification is unit tested", "tenure check --junit c.xml; test import"
    ),
    Rule("I3", "the pipeline is tested as a whole", "let a race end: tenure study start"),
    Rule("I4", "quality is validated before serving", "let the gate prevent: [gate] mode"),
    Rule("I5", "a single answer can be debugged"),
    Rule("I6", "versions are tried on a canary", "[rollout.canary]"),
    Rule("I7", "rolling back works", "try it: tenure deployment rollback"),
    Rule("O1", "changes of dependencies are told"),
    Rule("O2", "invariants of inputs hold", "let it serve: answers are profiled each day"),
    Rule("O3", "training and serving are not skewed", "let it serve: drift is judged each day"),
    Rule("O4", "the model is not too stale", "[retrain] schedule or on"),
    Rule("O5", "it is numerically stable", "let it serve: outputs are profiled each day"),
    Rule("O6", "it has not become slower", "[monitor] slo = { p99_ms = … }"),
    Rule("O7", "answers have not become worse", "post labels: tenure label"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found for a check: when, in words, and whether a person made or declared it."""

    at: datetime
    text: str
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Marked:
    """A check and its points; `until` is when they fall, `how` what would bring them."""

    id: str
    section: str
    says: str
    points: float
    text: str
    until: datetime | None
    how: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """The score: the smallest of the sections' sums."""

    score: float
    band: str
    sections: dict[str, float]
    checks: tuple[Marked, ...]


def readiness(seen: Mapping[str, Seen], now: datetime) -> Readiness:
    """Return the score of what was found, check id → what, at a business time."""
    checks = tuple(_marked(rule, seen.get(rule.id), now) for rule in RULES)
    sums = {name: sum(one.points for one in checks if one.section == name) for name in SECTIONS}
    score = min(sums.values())
    band = next((words for most, words in BANDS if score <= most), "exceptional")
    return Readiness(score, band, sums, checks)


def _marked(rule: Rule, seen: Seen | None, now: datetime) -> Marked:
    section = _SECTION[rule.id[0]]
    if seen is None or seen.at > now:
        return Marked(rule.id, section, rule.says, 0.0, "not found", None, rule.how)
    age, whole = now - seen.at, 0.5 if seen.by_hand else 1.0
    share = 1.0 if age <= FRESH else 0.5 if age <= STALE else 0.0
    ends = {1.0: FRESH, 0.5: STALE}.get(share)
    until = seen.at + ends if ends else None
    how = rule.how if share < 1.0 or seen.by_hand else ""
    return Marked(rule.id, section, rule.says, whole * share, seen.text, until, how)


_SECTION = {"D": SECTIONS[0], "M": SECTIONS[1], "I": SECTIONS[2], "O": SECTIONS[3]}
"""The letter with which a check's id begins."""
