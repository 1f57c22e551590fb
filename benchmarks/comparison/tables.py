"""From measurements to the tables of docs/benchmarks.md."""

from collections.abc import Iterable, Sequence
from statistics import fmean

from benchmarks.comparison.results import PRESETS, UNTRAINED, Results, System
from benchmarks.comparison.rows import ALL_SETS, Row, rows_of

TITLES = {
    System.BASE: "base model",
    System.KEYWORD: "BM25",
    System.STANDARD: "sentence-transformers, standard",
    System.BEST: "sentence-transformers, best of nine",
    System.QUICK: "Tailor *Quick*",
    System.BALANCED: "Tailor *Balanced*",
    System.THOROUGH: "Tailor *Thorough*",
}
TOLERANCE = 0.005
"""nDCG@10 that a tuned model may lie below its base model."""


def markdown(results: Results) -> str:
    """All tables: one for each size, then the one that looks at every single run."""
    sizes = sorted({job.size for job in results if not job.shuffled})
    parts = []
    for size in sizes:
        rows = rows_of(results, size)
        parts.append(f"### {size:,} training pairs\n\n{_size_table(rows)}{_mean_ratios(rows)}")
    return "\n\n".join([*parts, f"### Every single run\n\n{_worst_table(results)}"])


def _size_table(rows: Sequence[Row]) -> str:
    header = (
        "Data set",
        "System",
        "Runs",
        "nDCG@10",
        "Gain",
        "× gain",
        "Seconds",
        "× seconds",
        "Processor seconds",
        "× processor",
        "Peak MB (with export)",
        "Against the best of nine [95%]",
        "Significantly worse?",
    )
    return _table(header, [_cells(row) for row in rows])


def _mean_ratios(rows: Sequence[Row]) -> str:
    """The last rows divide the mean gains; here each data set's own ratio counts equally, in a sentence."""
    ratios = {
        system: [row.gain_ratio for row in rows if row.system is system and row.set != ALL_SETS]
        for system in (System.BEST, *PRESETS)
    }
    words = [
        f"{TITLES[system]} {fmean(value for value in found if value is not None):.2f}"
        for system, found in ratios.items()
        if len(found) > 1 and None not in found
    ]
    return f"\n\nMean of the data sets' own ratios of gains: {', '.join(words)}." if words else ""


def _cells(row: Row) -> list[str]:
    trained = row.system not in UNTRAINED
    best = row.against_best
    whole = f" ({row.megabytes_whole:,.0f})" if row.system in PRESETS else ""
    return [
        row.set,
        TITLES[row.system],
        str(row.runs),
        f"{row.ndcg:.3f}" + (f" ± {row.sd:.3f}" if row.sd is not None else ""),
        f"{row.gain:+.3f}" if row.system is not System.BASE else "",
        _times(row.gain_ratio) if trained else "",
        f"{row.seconds:,.1f}" if trained else "",
        _times(row.seconds_ratio) if trained else "",
        f"{row.processor_seconds:,.1f}" if trained else "",
        _times(row.processor_ratio) if trained else "",
        f"{row.megabytes:,.0f}{whole}" if row.system is not System.KEYWORD else "",
        f"{best[0]:+.3f} [{best[1]:+.3f}, {best[2]:+.3f}]" if best else "",
        ("**yes**" if row.is_significantly_worse else "no") if best else "",
    ]


def _times(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _worst_table(results: Results) -> str:
    """For each trained system, with right and with shuffled matches: how far below its base a single run ever was."""
    lines = []
    for shuffled in (False, True):
        for system in System:
            runs = [run for job, run in results.items() if (job.system, job.shuffled) == (system, shuffled)]
            if system not in UNTRAINED and runs:
                worst = min(runs, key=lambda run: run.gain)
                below = sum(run.gain < -TOLERANCE for run in runs)
                place = f"{worst.job.set}, {worst.job.size:,} pairs, seed {worst.job.seed}"
                matches = "shuffled" if shuffled else "right"
                lines.append([TITLES[system], matches, str(len(runs)), f"{worst.gain:+.4f}", place, str(below)])
    header = ("System", "Matches", "Runs", "Smallest gain", "Where", f"Runs below −{TOLERANCE}")
    return _table(header, lines)


def _table(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [header, ["---"] * len(header), *lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
