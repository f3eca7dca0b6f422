"""Every metric that serving exposes: what it counts, and how several processes add up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """A metric. `across` says what several processes make of a gauge: sum, max or min."""

    kind: str  # counter | gauge | histogram
    labels: tuple[str, ...]
    says: str
    across: str = "sum"


_VERSION = ("tenant", "model", "version")
_LOOKUP = ("tenant", "model", "lookup")
FAMILIES: dict[str, Family] = {
    "tenure_prediction_requests_total": Family("counter", _VERSION, "requests answered"),
    "tenure_prediction_rows_total": Family("counter", _VERSION, "rows answered"),
    "tenure_shadow_rows_total": Family("counter", _VERSION, "rows answered in the shadow"),
    "tenure_prediction_errors_total": Family(
        "counter", (*_VERSION, "code"), "requests refused or failed, limits (`limit.…`) included"
    ),
    "tenure_prediction_latency_seconds": Family(
        "histogram", _VERSION, "from the request's arrival to its answer"
    ),
    "tenure_explanation_requests_total": Family(
        "counter", (*_VERSION, "code"), "requests for explanations, `ok` or refused"
    ),
    "tenure_explanation_rows_total": Family("counter", _VERSION, "rows explained"),
    "tenure_explanation_queue_depth": Family(
        "gauge", (), "explanations that wait or are worked on"
    ),
    "tenure_category_unseen_total": Family(
        "counter", ("tenant", "model", "feature"), "values of categories that training never saw"
    ),
    "tenure_lookup_rows_total": Family(
        "counter", (*_LOOKUP, "how"), "rows of which features were looked up, and how it ended"
    ),
    "tenure_lookup_calls_total": Family(
        "counter", _LOOKUP, "calls to the store, each for all that came in the same moment"
    ),
    "tenure_lookup_open_breakers": Family(
        "gauge", _LOOKUP, "processes that leave the store alone because it failed"
    ),
    "tenure_requests_in_flight": Family("gauge", (), "requests that wait for a model or the log"),
    "tenure_thread_queue_depth": Family("gauge", (), "large requests that wait or are worked on"),
    "tenure_load_queue_depth": Family("gauge", (), "models that wait for a thread to load them"),
    "tenure_python_queue_depth": Family("gauge", (), "requests that wait for a Python model"),
    "tenure_python_restarts_total": Family("counter", (), "Python models that fell over"),
    "tenure_python_deadline_misses_total": Family("counter", (), "of those: no answer in time"),
    "tenure_log_lag_seconds": Family(
        "gauge", (), "for how long the oldest answer has waited for the log", "max"
    ),
    "tenure_log_dropped_rows_total": Family("counter", (), "answers that the log did not take"),
    "tenure_shadow_dropped_rows_total": Family("counter", (), "rows that no shadow has answered"),
    "tenure_model_loads_total": Family("counter", (), "versions brought into memory"),
    "tenure_model_load_failures_total": Family("counter", (), "versions that could not be loaded"),
    "tenure_model_evictions_total": Family(
        "counter", (), "versions and descriptions that had to make room"
    ),
    "tenure_model_resident_bytes": Family("gauge", (), "measured bytes of what is in memory"),
    "tenure_version_resident_bytes": Family(
        "gauge", _VERSION, "measured bytes of a version that is in memory"
    ),
    "tenure_model_budget_bytes": Family("gauge", (), "bytes that models may take (serving.memory)"),
    "tenure_access_dropped_lines_total": Family(
        "counter", (), "lines that the access log did not take"
    ),
    "tenure_release_generation": Family(
        "gauge", (), "the generation that every process has applied", "min"
    ),
    "tenure_release_failed_models": Family(
        "gauge", (), "models whose newest release could not be applied", "max"
    ),
    "tenure_serving_processes": Family("gauge", (), "processes that answer"),
}
"""In the order of the exposition."""
