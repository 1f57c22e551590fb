"""The shapes of what a report draws: curves, scores, segments, the map, confusions. Reports before 0.2 have none."""

from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

if TYPE_CHECKING:
    from trainer.report import Difference


class Curve(TypedDict):
    """One metric of one system at each k. low, high: its 95% interval over questions; absent where there are too few
    questions (ENOUGH_TO_JUDGE) for one."""

    mean: list[float]
    low: NotRequired[list[float]]
    high: NotRequired[list[float]]


class Curves(TypedDict):
    """Every metric at every k: {"k": [1, …, 20], "before": {"ndcg": Curve, "mrr": …}, "after": …, "keyword": …,
    "zero_shot": …}."""

    k: list[int]
    before: dict[str, Curve]
    after: dict[str, Curve]
    keyword: NotRequired[dict[str, Curve]]
    zero_shot: NotRequired[dict[str, Curve]]


class Counts(TypedDict):
    """How many results have a score in each bin."""

    right: list[int]
    wrong: list[int]


class CutOff(TypedDict):
    """The lowest score from which on results are right at least `target` of the time, by the test questions.

    places: how many results of each question this is about: all that are looked at, or 1, the first alone.
    results: that have this score or more; right: of these; questions: that have such a result; low: the least share
    that is right by a 97.5% confidence bound, which is at least the target.
    """

    places: int
    score: float
    target: float
    results: int
    right: int
    questions: int
    low: float


class Scores(TypedDict):
    """Scores of the first `top` results of every test question. edges: of the bins, one more than there are bins.

    cutoff: of the published model; absent where the test questions support none.
    """

    top: int
    edges: list[float]
    before: Counts
    after: Counts
    cutoff: NotRequired[CutOff]


class Segment(TypedDict):
    """The test questions of one segment. before, after: metrics such as {"hit@3": .5, "ndcg@10": .6}. difference: of
    the primary metric; absent where there are too few questions (ENOUGH_TO_JUDGE) for an interval."""

    name: str
    n: int
    before: dict[str, float]
    after: dict[str, float]
    difference: NotRequired["Difference"]


class Segments(TypedDict):
    """The segments with the most questions, those first; left_out: how many more there are. unnamed: questions without
    a segment."""

    segments: list[Segment]
    left_out: int
    unnamed: int


class Layout(TypedDict):
    """Where each point lies, in the order of `EmbeddingMap.ids`."""

    x: list[float]
    y: list[float]


class Share(TypedDict):
    """A share before and after."""

    before: float
    after: float


class EmbeddingMap(TypedDict):
    """Some of the test questions and documents, laid out in the plane so that near neighbours stay near.

    ids: of the points, the `n_queries` questions first. names: each one's text, cut short, or its picture's key.
    n_all_queries, n_all_documents: how many there are of which these were drawn. near: of the questions drawn, those
    whose nearest document among the points is a right one, by the full embeddings. method: what laid them out.
    """

    ids: list[str]
    names: list[str]
    n_queries: int
    n_all_queries: int
    n_all_documents: int
    before: Layout
    after: Layout
    near: Share
    method: str


class Confusion(TypedDict):
    """Which label the first result has, for the questions of each label.

    labels: those with the most mistakes, of `n_labels`; n: test questions of each. before, after: a row for each of
    `labels`, a column for each of them and a last one for any other label or no result; counts. right: questions of all
    labels whose first result has their label.
    """

    kind: Literal["labels", "documents"]
    labels: list[str]
    n_labels: int
    n: list[int]
    before: list[list[int]]
    after: list[list[int]]
    right: dict[str, int]
