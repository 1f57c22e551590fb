"""Metrics and differences by the segments that a person's data names."""

from collections import defaultdict
from collections.abc import Hashable, Mapping

from trainer.config import PRIMARY_METRIC
from trainer.evaluation.metrics import Relevance, per_query
from trainer.evaluation.ranking import Rankings
from trainer.evaluation.significance import paired_difference
from trainer.report import ENOUGH_TO_JUDGE, n_independent
from trainer.report_figures import Segment, Segments

SHOWN = ("hit@1", "hit@3", "hit@10", PRIMARY_METRIC)
MOST = 40
"""Segments that are told: more are no segments but names."""


def segment_figures(
    before: Rankings,
    after: Rankings,
    relevance: Relevance,
    segments: Mapping[str, str],
    seed: int,
    alike: Mapping[str, Hashable] | None = None,
) -> Segments | None:
    """`segments`: {query_id: segment}, "" or absent where a query has none. None where fewer than two are named. alike:
    see `paired_difference`.

    A segment's difference is the paired one of the primary metric, where it has enough queries to be judged at all.
    """
    members: dict[str, list[str]] = defaultdict(list)
    for query_id in relevance:
        members[segments.get(query_id, "")].append(query_id)
    unnamed = len(members.pop("", ()))
    if len(members) < 2:
        return None
    values = {
        name: {metric: per_query(rankings, relevance, metric) for metric in SHOWN}
        for name, rankings in (("before", before), ("after", after))
    }
    ordered = sorted(members, key=lambda name: (-len(members[name]), name))
    return {
        "segments": [_segment(name, members[name], values, seed, alike) for name in ordered[:MOST]],
        "left_out": max(0, len(ordered) - MOST),
        "unnamed": unnamed,
    }


def _segment(
    name: str,
    query_ids: list[str],
    values: Mapping[str, Mapping[str, Mapping[str, float]]],
    seed: int,
    alike: Mapping[str, Hashable] | None,
) -> Segment:
    n = len(query_ids)
    before, after = (
        {metric: sum(each[query_id] for query_id in query_ids) / n for metric, each in values[system].items()}
        for system in ("before", "after")
    )
    segment: Segment = {"name": name, "n": n, "before": before, "after": after}
    if n >= ENOUGH_TO_JUDGE:
        old, new = (
            {query_id: values[system][PRIMARY_METRIC][query_id] for query_id in query_ids}
            for system in ("before", "after")
        )
        difference = paired_difference(old, new, PRIMARY_METRIC, seed, alike=alike)
        if n_independent(difference) >= ENOUGH_TO_JUDGE:
            segment["difference"] = difference
    return segment
