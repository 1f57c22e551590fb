"""Runs of a project beside each other: their figures on the same test questions, and whether differences are real."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from webapp.bridge import ENOUGH_TO_JUDGE, comparable_metrics, compare_systems, report_words, shared_queries
from webapp.runs.models import Run
from webapp.runs.reports import Report

DECIDING = "ndcg@10"
"""The one metric that tells which run is better: trainer.config.PRIMARY_METRIC."""
SHOWN = ("hit@1", "hit@3", "hit@10", "mrr@10", "recall@10", "map@10")
"""Metrics of the table beside the deciding one."""
MOST_RUNS = 6
FALSE_ALARMS = 0.05
"""How often, at most, a page that compares equal models may call any difference real."""

Chosen = Sequence[tuple[Run, Report]]


@dataclass(frozen=True)
class System:
    """What is compared: a run's model, a base model, or keyword search (`kind`: run, base, keyword).

    report, key: where its figures stand. label: its name on the page.
    """

    kind: str
    label: str
    report: int
    key: str


@dataclass(frozen=True)
class Basis:
    """The test questions that the runs share. kind: `same`, all of them and among the same items; `common`, some; or
    `none`, too few to judge. n: how many. n_of: each run's own. items: what each run searched among."""

    kind: str
    n: int
    n_of: tuple[int, ...]
    items: tuple[int, ...]


@dataclass(frozen=True)
class Lead:
    """`better` − `worse` in the deciding metric, by mean; the interval is widened for the number of comparisons.

    real: whether it is more than chance.
    """

    better: System
    worse: System
    mean: float
    low: float
    high: float
    real: bool


@dataclass(frozen=True)
class Comparison:
    """values: {metric: for each system (mean, low, high), 95% interval}. leads: of all runs against each other and
    against their base models; `n_claims` of them. level: of their intervals."""

    basis: Basis
    systems: list[System]
    values: dict[str, list[tuple[float, float, float]]]
    leads: list[Lead]
    level: float


def compare(chosen: Chosen, metric: str = DECIDING) -> Comparison:
    """The finished runs `chosen`, two or more. metric: one more that `values` is to have."""
    reports = [report for _, report in chosen]
    shared = shared_queries(reports)
    basis = _basis(chosen, len(shared[0]))
    systems = _systems(chosen)
    if basis.kind == "none":
        return Comparison(basis, systems, {}, [], 1 - FALSE_ALARMS)
    pairs = _pairs(systems, chosen)
    level = 1 - FALSE_ALARMS / len(pairs)
    known = comparable_metrics()
    metrics = list(dict.fromkeys([DECIDING, *SHOWN, *([metric] if metric in known else [])]))
    means, differences = compare_systems(
        shared, systems=[(each.report, each.key) for each in systems], metrics=metrics, pairs=pairs, level=level
    )
    values = {
        name: [(each.mean, each.low, each.high) for each in row] for name, row in zip(metrics, means, strict=True)
    }
    leads = [_lead(systems, pair, each, level) for pair, each in zip(pairs, differences, strict=True)]
    return Comparison(basis, systems, values, leads, level)


def _basis(chosen: Chosen, n: int) -> Basis:
    n_of = tuple(len(report["queries"]) for _, report in chosen)
    items = tuple(int(report["data"]["n_documents"]) for _, report in chosen)
    if all(each == n for each in n_of) and len({run.dataset_id for run, _ in chosen}) == 1:
        return Basis("same", n, n_of, items)
    return Basis("common" if n >= ENOUGH_TO_JUDGE else "none", n, n_of, items)


def _systems(chosen: Chosen) -> list[System]:
    """The runs; each base model once for each data version, as what is searched differs; keyword search likewise."""
    systems = [System("run", f"Run {run.number}", at, "after") for at, (run, _) in enumerate(chosen)]
    several = len({run.dataset_id for run, _ in chosen}) > 1
    seen = set()
    for at, (run, report) in enumerate(chosen):
        if _base_key(run, report) not in seen:
            seen.add(_base_key(run, report))
            on = f", data version {run.dataset.number}" if several else ""
            systems.append(System("base", f"Base model: {report['base_model_title']}{on}", at, "before"))
    if not several and all(report.get("keyword") for _, report in chosen):
        systems.append(System("keyword", "Keyword search", 0, "keyword"))
    return systems


def _base_key(run: Run, report: Report) -> tuple[str, int]:
    return report["base_model"], run.dataset_id


def _pairs(systems: Sequence[System], chosen: Chosen) -> list[tuple[int, int]]:
    """Numbers of systems: every two runs, and every run that is not the base model itself with its base model."""
    runs = [at for at, system in enumerate(systems) if system.kind == "run"]
    base_of = {_base_key(*chosen[each.report]): at for at, each in enumerate(systems) if each.kind == "base"}
    tuned = [at for at in runs if chosen[at][1]["blend"] > 0]
    return [*combinations(runs, 2), *((base_of[_base_key(*chosen[at])], at) for at in tuned)]


def _lead(systems: Sequence[System], pair: tuple[int, int], difference: Any, level: float) -> Lead:
    """Real only where the interval and the test agree, both made stricter for the number of comparisons."""
    first, second = (systems[at] for at in pair)
    mean, low, high = difference.mean, difference.low, difference.high
    if mean < 0:
        first, second, mean, low, high = second, first, -mean, -high, -low
    return Lead(second, first, mean, low, high, low > 0 and difference.p_value < 1 - level)


@dataclass(frozen=True)
class Choice:
    """Which run to ship. state: better, same (its lead could be chance, or there is none) or kept (no run beats its
    base model)."""

    state: str
    headline: str
    detail: str


def which_to_ship(chosen: Chosen, comparison: Comparison) -> Choice | None:
    """By the deciding metric alone; None where there are too few questions to say."""
    if comparison.basis.kind == "none":
        return None
    runs = [system for system in comparison.systems if system.kind == "run"]
    means = [mean for mean, _, _ in comparison.values[DECIDING]]
    best = max(runs, key=lambda system: means[system.report])
    sure = [lead.worse for lead in comparison.leads if lead.real and lead.better is best]
    open_rivals = [run for run in runs if run is not best and run not in sure]
    better_runs = [lead.better for lead in comparison.leads if lead.real and lead.worse.kind == "base"]
    if best not in better_runs:
        return _keep(best, better_runs)
    if not open_rivals:
        others = "the other run" if len(runs) == 2 else "each of the others"
        return Choice("better", f"Ship {best.label.lower()}.", f"It ranks best, and its lead over {others} is real.")
    names = _or([run.label.lower() for run in open_rivals])
    if all(run in better_runs and means[run.report] == means[best.report] for run in open_rivals):
        labels = _and([run.label.lower() for run in (best, *open_rivals)])
        return Choice(
            "same",
            f"{labels[0].upper()}{labels[1:]} are equally good: ship whichever you like.",
            "They rank equally well, and surely better than their base model. If one of them is smaller or faster, "
            "take that one.",
        )
    return Choice(
        "same",
        f"Ship {best.label.lower()}; {names} may be just as good.",
        f"{best.label} ranks best on these {report_words(chosen[0][1]).questions} and is surely better than its base "
        f"model, but its lead over {names} could be chance. If another of them is smaller or faster, take that one.",
    )


def _keep(best: System, better_runs: Sequence[System]) -> Choice:
    if better_runs:  # those that start from a weaker base model
        return Choice(
            "same",
            f"{best.label} ranks best, but not surely better than its own base model.",
            f"Surely better than its base model is {_or([run.label.lower() for run in better_runs])}. Where you would "
            f"ship {best.label.lower()}, its base model as it was may do as well.",
        )
    return Choice(
        "kept",
        "Keep the base model: no run is surely better than it.",
        f"{best.label} ranks best, but its lead over its base model could be chance. More examples, or more test "
        "questions, may show more.",
    )


def _or(names: Sequence[str]) -> str:
    return _listed(names, "or")


def _and(names: Sequence[str]) -> str:
    return _listed(names, "and")


def _listed(names: Sequence[str], before_last: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {before_last} {names[-1]}"
