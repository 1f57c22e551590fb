"""From measurements to rows: means over seeds and data sets, ratios to the standard trainer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev

from benchmarks.comparison.results import PRESETS, Job, Measurement, Results, System
from trainer.evaluation.significance import paired_difference

ALL_SETS = "all sets"


@dataclass(frozen=True)
class Row:
    """One system on one data set at one size: means over its seeds, and what they are beside the standard trainer's.

    sd: of nDCG@10 over the seeds, None for one seed. gain: over the base model. The three ratios are to
    the standard trainer, None where that has not been measured or gained nothing. against_best: nDCG@10 minus that of
    the best of nine with its 95% interval, over the test queries, each the mean over the seeds that both have.
    """

    set: str
    system: System
    runs: int
    ndcg: float
    sd: float | None
    gain: float
    seconds: float
    processor_seconds: float
    megabytes: float
    megabytes_whole: float
    gain_ratio: float | None = None
    seconds_ratio: float | None = None
    processor_ratio: float | None = None
    against_best: tuple[float, float, float] | None = None

    @property
    def is_significantly_worse(self) -> bool:
        """Than the best of nine: the whole interval lies below zero."""
        return self.against_best is not None and self.against_best[2] < 0


def rows_of(results: Results, size: int) -> list[Row]:
    """All rows of one size, by data set, then the means over the sets that have been measured with every system."""
    names = sorted({job.set for job in results if job.size == size and not job.shuffled})
    systems = [s for s in System if any(job.system is s and job.size == size and not job.shuffled for job in results)]
    by_set = {name: _beside_standard([row for s in systems if (row := _row(results, name, size, s))]) for name in names}
    complete = [rows for rows in by_set.values() if len(rows) == len(systems)]
    rows = [row for name in names for row in by_set[name]]
    if len(complete) > 1:
        means = [_mean_row([rows[place] for rows in complete]) for place in range(len(systems))]
        rows += _beside_standard(means)
    return rows


def _row(results: Results, name: str, size: int, system: System) -> Row | None:
    found = _runs(results, name, size, system)
    if not found:
        return None
    scores = [run.ndcg for run in found.values()]
    return Row(
        set=name,
        system=system,
        runs=len(found),
        ndcg=fmean(scores),
        sd=stdev(scores) if len(scores) > 1 else None,
        gain=fmean(run.gain for run in found.values()),
        seconds=fmean(run.seconds for run in found.values()),
        processor_seconds=fmean(run.processor_seconds for run in found.values()),
        megabytes=fmean(run.megabytes for run in found.values()),
        megabytes_whole=fmean(run.megabytes_whole for run in found.values()),
        against_best=_against_best(found, _runs(results, name, size, System.BEST)) if system in PRESETS else None,
    )


def _runs(results: Results, name: str, size: int, system: System) -> dict[int, Measurement]:
    """{seed: measurement}"""
    found = {job.seed: run for job, run in results.items() if job == Job(name, size, job.seed, system)}
    return dict(sorted(found.items()))


def _against_best(found: dict[int, Measurement], best: dict[int, Measurement]) -> tuple[float, float, float] | None:
    seeds = [seed for seed in found if seed in best]
    if not seeds:
        return None
    before, after = (_mean_by_query([runs[seed] for seed in seeds]) for runs in (best, found))
    difference = paired_difference(before, after, "ndcg@10")
    return difference["mean"], difference["ci95"][0], difference["ci95"][1]


def _mean_by_query(runs: Sequence[Measurement]) -> dict[str, float]:
    columns = zip(*(run.per_query for run in runs), strict=True)
    return {str(place): fmean(values) for place, values in enumerate(columns)}


def _mean_row(rows: Sequence[Row]) -> Row:
    """Of one system over the data sets, each set counting once."""

    def mean(value: Callable[[Row], float]) -> float:
        return fmean(value(row) for row in rows)

    return Row(
        set=ALL_SETS,
        system=rows[0].system,
        runs=sum(row.runs for row in rows),
        ndcg=mean(lambda row: row.ndcg),
        sd=None,
        gain=mean(lambda row: row.gain),
        seconds=mean(lambda row: row.seconds),
        processor_seconds=mean(lambda row: row.processor_seconds),
        megabytes=mean(lambda row: row.megabytes),
        megabytes_whole=mean(lambda row: row.megabytes_whole),
    )


def _beside_standard(rows: Sequence[Row]) -> list[Row]:
    """The same rows, with their ratios to the standard trainer's where it is among them."""
    standard = next((row for row in rows if row.system is System.STANDARD), None)
    if standard is None:
        return list(rows)
    return [
        replace(
            row,
            gain_ratio=_ratio(row.gain, standard.gain),
            seconds_ratio=_ratio(row.seconds, standard.seconds),
            processor_ratio=_ratio(row.processor_seconds, standard.processor_seconds),
        )
        for row in rows
    ]


def _ratio(value: float, standard: float) -> float | None:
    return value / standard if standard > 0 else None
