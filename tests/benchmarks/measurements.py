"""Made-up measurements, as short as a test needs them."""

from typing import Any

from benchmarks.comparison.results import Job, Measurement, Results, System


def measured(system: str, ndcg: float, *, name: str = "a", size: int = 300, seed: int = 0, **more: Any) -> Measurement:
    """One measurement over a base of .4; `more` are fields of it, or `shuffled`."""
    job = Job(name, size, seed, System(system), more.pop("shuffled", False))
    fields: dict[str, Any] = {
        "before": 0.4,
        "per_query": [ndcg] * 8,
        "seconds": 10.0,
        "processor_seconds": 8.0,
        "megabytes": 1_000.0,
        "megabytes_whole": 1_200.0,
        "chosen": "",
        "threads": 1,
        "device": "cpu",
    }
    return Measurement(job=job, ndcg=ndcg, **{**fields, **more})


def results_of(*measurements: Measurement) -> Results:
    """As `read_results` gives them."""
    return {measurement.job: measurement for measurement in measurements}
