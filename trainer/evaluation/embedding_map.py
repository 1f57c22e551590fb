"""Test questions and documents laid out in the plane, before and after, so that near neighbours stay near."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from trainer.data.pairs import SplitDataset
from trainer.index import Floats
from trainer.report_figures import EmbeddingMap, Layout

MOST_POINTS = 800
"""Both layouts of so many take 2 s of one core; of 5,000, ten times that."""
MOST_QUERIES = 300
FEWEST_POINTS = 10
LONGEST = 80
PERPLEXITY = 30.0
"""How many neighbours of each point count, as the source has it."""
STEPS_BEFORE, STEPS_AFTER = 500, 250
"""The second layout starts from the first."""
METHOD = "t-SNE"


@dataclass(frozen=True)
class Space:
    """Unit vectors by one model: of the test queries (n, dim), and of the documents searched (m, dim), in the order of
    the split."""

    queries: Floats
    documents: Floats


@dataclass(frozen=True)
class _Sample:
    """Rows of the test queries and of the documents that become points."""

    queries: np.ndarray
    documents: np.ndarray


def embedding_map(
    split: SplitDataset, before: Space, after: Space, *, most: int = MOST_POINTS, changed: bool = True
) -> EmbeddingMap | None:
    """Both layouts of a sample. changed: whether the models differ. None where there are too few points.

    The sample is drawn by the split's seed: test queries, one right document of each, and other documents. Layout by
    t-SNE (van der Maaten and Hinton 2008; Barnes-Hut: van der Maaten 2014) from the first two principal components;
    the second starts where the first ended and is then turned, mirrored, spread as far and moved onto it (orthogonal
    Procrustes, Schönemann 1966), so that what moves between them moved among its neighbours. The same embeddings give
    the same layouts.
    """
    sample = _draw(split, most)
    if len(sample.queries) + len(sample.documents) < FEWEST_POINTS:
        return None
    first = _lay_out(_points(before, sample), None)
    second = _onto(first, _lay_out(_points(after, sample), first)) if changed else first
    test, documents = split.test, list(split.data.documents)
    queries, found = [test[row] for row in sample.queries], [documents[row] for row in sample.documents]
    near = {
        name: _share_near(split, space, sample, queries, found)
        for name, space in (("before", before), ("after", after))
    }
    return {
        "ids": [*queries, *found],
        "names": [_cut(split.data.queries[name]) for name in queries]
        + [_cut(split.data.documents[name]) for name in found],
        "n_queries": len(queries),
        "n_all_queries": len(test),
        "n_all_documents": len(documents),
        "before": _layout(first),
        "after": _layout(second),
        "near": {"before": near["before"], "after": near["after"]},
        "method": METHOD,
    }


def _draw(split: SplitDataset, most: int) -> _Sample:
    """Queries at random; of each one right document at random; documents at random to fill up."""
    random = np.random.default_rng(abs(split.seed))
    rows = {document_id: row for row, document_id in enumerate(split.data.documents)}
    queries = np.sort(random.permutation(len(split.test))[: min(MOST_QUERIES, most // 3)])
    right = {_any_right(split.data.relevance[split.test[row]], rows, random) for row in queries}
    test = set(split.test)
    itself = {rows[name] for name, query_id in split.data.twins.items() if query_id in test and name in rows}
    others = [row for row in random.permutation(len(rows)).tolist() if row not in right and row not in itself]
    found = sorted({*right, *others[: max(0, most - len(queries) - len(right))]})
    return _Sample(queries, np.array(found, dtype=np.int64))


def _any_right(judged: Mapping[str, float], rows: Mapping[str, int], random: np.random.Generator) -> int:
    right = [document_id for document_id, gain in judged.items() if gain > 0]
    return rows[right[int(random.integers(len(right)))]]


def _points(space: Space, sample: _Sample) -> np.ndarray:
    return np.concatenate([space.queries[sample.queries], space.documents[sample.documents]]).astype(np.float32)


def _lay_out(points: np.ndarray, start: np.ndarray | None) -> np.ndarray:
    """(n, dim) → (n, 2), centred. start: where the points begin; by default on the first two principal components."""
    # Imported here because this loads scikit-learn, which only a finished training needs.
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    begin = _principal(points) if start is None else start
    layout = TSNE(
        perplexity=min(PERPLEXITY, (len(points) - 1) / 3),
        init=(begin / begin[:, 0].std() * 1e-4) if start is None else begin,
        early_exaggeration=12.0 if start is None else 1.0,
        max_iter=STEPS_BEFORE if start is None else STEPS_AFTER,
        random_state=0,
        n_jobs=1,
    )
    with threadpool_limits(1):  # the order in which threads add would change the last digits, and t-SNE magnifies them
        placed = layout.fit_transform(points)
    return np.asarray(placed - placed.mean(axis=0), dtype=np.float64)


def _principal(points: np.ndarray) -> np.ndarray:
    """The first two principal components, (n, 2); where there is but one, a second of nearly nothing."""
    centred = points - points.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    placed = left[:, :2] * sizes[:2]
    signs = np.sign(placed[np.abs(placed).argmax(axis=0), [0, 1]])  # a component's sign is anybody's choice
    return np.asarray(placed * np.where(signs == 0, 1, signs) + 1e-9 * np.arange(len(points))[:, None], np.float32)


def _onto(fixed: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """`moved` turned and mirrored to lie as near to `fixed` as it can, and spread as far; both (n, 2), centred.

    Of the same spread, and not of the nearest scale: that shrinks two layouts that have little in common to a dot.
    """
    left, _, right = np.linalg.svd(moved.T @ fixed)
    return np.asarray(moved @ (left @ right) * (np.linalg.norm(fixed) / np.linalg.norm(moved)))


def _share_near(
    split: SplitDataset, space: Space, sample: _Sample, queries: Sequence[str], found: Sequence[str]
) -> float:
    nearest = (space.queries[sample.queries] @ space.documents[sample.documents].T).argmax(axis=1)
    right = [split.data.relevance[name].get(found[row], 0) > 0 for name, row in zip(queries, nearest, strict=True)]
    return float(np.mean(right))


def _layout(placed: np.ndarray) -> Layout:
    x, y = placed.T.round(2).tolist()
    return {"x": x, "y": y}


def _cut(text: str) -> str:
    words = " ".join(islice(text.split(), LONGEST))
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
