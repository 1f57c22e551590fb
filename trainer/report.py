"""The shape of report.json, format 1: the one file that feeds pages, exports and the API."""

import json
import os
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

from trainer.errors import DataError, Place
from trainer.report_figures import Confusion, Curves, EmbeddingMap, Scores, Segments

FORMAT = 1
CUTOFFS = (1, 2, 3, 5, 10, 20)
"""The k of every metric at k."""

DIFFERENCES = ("ndcg@10", "hit@1", "hit@3", "hit@10")
"""The metrics whose difference over all test queries a report gives with an interval."""

ENOUGH_TO_JUDGE = 20
"""Of fewer questions a resampled interval is too narrow to be honest, so a group of fewer is not judged."""

RELEVANT_NAMED = 50
"""Of a query's relevant documents so many are named, and all among its first results. Where labels say what matches, a
query may have thousands, and a report of a thousand such queries would have millions."""

Metrics = dict[str, float]
"""{"ndcg@10": .5, "mrr@10": …, "recall@k", "hit@k", "precision@k", "map@k"} for all k of CUTOFFS: query means."""


class GroupMetrics(TypedDict):
    """Metrics of some of the test queries; `n` is how many."""

    n: int
    metrics: Metrics


class SystemResult(TypedDict):
    """One system (before, after, keyword or zero_shot) on the test split. In report.json the metrics of all test
    queries lie flat beside the two groups: {"ndcg@10": .5, …, "known_items": {"n": 300, "metrics": {…}}, …}."""

    known_items: NotRequired[GroupMetrics]
    new_items: NotRequired[GroupMetrics]


class Difference(TypedDict):
    """After − before, paired by query. ci95: paired bootstrap (10,000 resamples, percentile, widened for
    few queries); p_value: sign-flip
    permutation test, two-sided. `n` queries; n_independent: of those that ask nearly the same, one; absent where none
    do."""

    metric: str
    mean: float
    ci95: list[float]
    p_value: float
    n: int
    n_independent: NotRequired[int]


def n_independent(difference: Difference) -> int:
    """How many queries a difference is of, but for repetitions."""
    return difference.get("n_independent", difference["n"])


Verdict = Literal["better", "same", "worse"]


class QuerySystem(TypedDict):
    """One query in one system. rank: 1-based rank of the first relevant document, None when not in the first 100;
    top: the first 10 as [document_id, score]."""

    rank: int | None
    ndcg: float
    top: list[list[Any]]


class QueryResult(TypedDict):
    """One test query. query: its text, or the key of the picture that is searched with. `known_items` as in
    SplitDataset; `keyword` is absent where documents are no texts, `zero_shot` as in Report. relevant: all of them, or
    some (RELEVANT_NAMED), and then `n_relevant` says how many there are. alike: one number for all queries that ask
    nearly the same, absent where a query has no such fellow: intervals and tests count them as one."""

    id: str
    query: str
    relevant: list[str]
    n_relevant: NotRequired[int]
    known_items: bool
    segment: str
    alike: NotRequired[int]
    before: QuerySystem
    after: QuerySystem
    keyword: NotRequired[QuerySystem]
    zero_shot: NotRequired[QuerySystem]


class Gain(TypedDict):
    """What a candidate gains over the base model, in nDCG@10 on the `n` queries that judged both: the mean by query,
    its standard error, and the 95% interval by Student's t."""

    mean: float
    standard_error: float
    ci95: list[float]
    n: int


class Choice(TypedDict):
    """One candidate that was judged by the queries that choose. recipe: the way of learning that was tried, counted
    from 1; 0 is the base model, which comes first. Reports of version 0.1 have none. chosen: whether it was
    published.

    What follows is absent for the base model, and in reports of earlier versions. gain: absent where fewer than two
    queries chose. adjusted: the gain less the caution, which decides (`trainer.blend.choose`): `ChoiceRule.caution` ·
    distance · standard error. distance: from the base model; 1 is all of the tuned weights. barred: why it could not be
    chosen: `behind`, left behind after the first turn, so that `score` is the base model's plus the gain on that turn's
    queries; `doubtful`, as the examples are and the gain was not beyond chance.
    """

    candidate: str
    recipe: NotRequired[int]
    epoch: int
    blend: float
    score: float
    chosen: NotRequired[bool]
    gain: NotRequired[Gain]
    adjusted: NotRequired[float]
    distance: NotRequired[float]
    barred: NotRequired[Literal["behind", "doubtful"]]


class ChoiceRule(TypedDict):
    """By what rule one of the candidates was chosen (`trainer.blend.choose`), and what was not even tried.

    caution: standard errors that are taken off a gain, at distance 1. doubtful: whether the base model finds the
    queries' own matches no better than others' by chance, so that a gain must be `certain` standard errors above it.
    not_tried: ways of learning that were never trained, as in the first turn one before them was clearly better than
    the base model.
    """

    caution: float
    doubtful: bool
    certain: float
    not_tried: list[str]


class Variant(TypedDict):
    """A smaller or faster form of the model, or one with keyword search, on the test queries. None was chosen by them.

    kind: `full`, the model itself, comes first; `size`: the first `dimensions` numbers of each embedding, of length 1
    again; `int8`: weights of 8 bits; `fused`: the model's ranking and keyword search's made one.
    score: of PRIMARY_METRIC. difference: to the full model, paired by query; absent for it. n_documents: how many
    were searched; for int8 fewer than all where that would take long, and score is then the full model's plus the
    difference. vector_bytes: of a catalogue of 100,000 items. model_bytes: of the weights, of texts and
    pictures together where it knows both. speed: texts per second
    against `SentenceTransformer.encode` on the same texts and threads.
    """

    kind: Literal["full", "size", "int8", "fused"]
    dimensions: int
    score: float
    difference: NotRequired[Difference]
    n_documents: int
    vector_bytes: int
    model_bytes: int
    speed: NotRequired[float]


class Report(TypedDict):
    """The whole file."""

    format: int
    version: str  # of Tailor
    created: str  # ISO 8601, UTC
    task: str
    base_model: str
    base_model_title: str
    preset: str
    seed: int
    settings: dict[str, Any]
    learning: NotRequired[str]  # a sentence on the loss and why it was this one
    # n_train, n_validation, n_test_queries, n_documents, rejected: [{"file", "row", "reason"}], split: the receipt,
    # choosing: "turns", "aside" or "none" (`evaluation.choosing_words`; reports of version 0.1 do not have it).
    # n_validation: how many queries chose; taking turns, each of them was learned from as well, by other models
    data: dict[str, Any]
    before: dict[str, Any]  # SystemResult with flat metrics
    after: dict[str, Any]
    keyword: NotRequired[dict[str, Any]]
    # without any training, by the names of the labels alone: where a model of texts and pictures finds similar pictures
    # and labels say what matches
    zero_shot: NotRequired[dict[str, Any]]
    difference: Difference
    # the same for the two groups where they exist: {"known_items": Difference, "new_items": Difference}
    difference_by_group: dict[str, Difference]
    # the same over all test queries for each metric of DIFFERENCES; the verdict's sentence uses "hit@3"
    differences: dict[str, Difference]
    verdict: Verdict
    blend: float  # share of the tuned weights in the published model; 0 is the base itself
    epoch: int
    recipe: NotRequired[int]  # of the chosen one of `choices`
    choices: list[Choice]
    choice_rule: NotRequired[ChoiceRule]  # none in reports of earlier versions
    # {"loss": [[step, loss], …], "validation": [[epoch, score], …]}, counted through all trainings; epoch 0 is the base
    # model. Taking turns, each training is judged by other queries, so that only few of the scores can be compared
    training: dict[str, list[list[float]]]
    variants: NotRequired[list[Variant]]  # reports of version 0.1 have none
    seconds: dict[str, float]  # before, fit, after, total
    queries: list[QueryResult]
    documents: dict[str, str]  # the text, or the picture's key, of every document that `queries` names
    captions: NotRequired[dict[str, str]]  # {picture's key: name of the file that it came in}; none where all are texts
    labels: NotRequired[dict[str, str]]  # {id of a query or document: its label}, where labels say what matches
    # What the charts draw; reports of version 0.1 have none of these, and each is absent where there is nothing to draw
    curves: NotRequired[Curves]
    scores: NotRequired[Scores]
    segments: NotRequired[Segments]
    map: NotRequired[EmbeddingMap]
    confusion: NotRequired[Confusion]


def write_report(report: Report, path: Path) -> None:
    """Write report.json whole or not at all, as strict JSON. Raises ValueError on NaN or infinity."""
    content = report_bytes(report)
    temporary = path.with_name(f".{path.name}.partial")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def report_bytes(report: Report) -> bytes:
    """The bytes of report.json: ASCII, so that even broken text from a person's file (lone surrogates) survives.

    Of a base model from a folder only the folder's name is told: a report is passed on, and where things lie on the
    machine that made it is nobody's business.
    """
    told = {**report, "base_model": _without_place(report["base_model"])}
    return json.dumps(told, allow_nan=False, indent=1).encode("ascii")


def _without_place(base_model: str) -> str:
    folder = Path(base_model)
    return folder.name if folder.is_absolute() or folder.is_dir() else base_model


def read_report(source: Path | bytes) -> Report:
    """Read report.json from a path or its bytes. Raises DataError when it is missing, damaged or of another format."""
    name = source.name if isinstance(source, Path) else "report.json"
    try:
        content = json.loads(source.read_bytes() if isinstance(source, Path) else source, parse_constant=_refuse)
    except (OSError, ValueError, RecursionError) as error:
        raise DataError("The report cannot be read.", "Repeat the run.", Place(name)) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else None
        raise DataError(
            f"This version of Tailor reads reports of format {FORMAT}; this one has {found!r}.",
            "Repeat the run, or open it with the version that wrote it.",
            Place(name),
        )
    missing = sorted(key for key in Report.__required_keys__ if key not in content)
    if missing:
        raise DataError(f"The report lacks {', '.join(missing)}.", "Repeat the run.", Place(name))
    return cast(Report, content)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number that JSON allows")
