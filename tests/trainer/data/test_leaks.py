"""Over more than a thousand random graphs, nothing that judges was learned from, nor anything nearly like it."""

import random
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from trainer.config import Task
from trainer.data.label_split import with_label_relevance
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.data.split import split_dataset
from trainer.errors import DataError

GRAPHS = 350  # of each kind
ASIDE = (0.15, 0.20)


def word(rng: random.Random) -> str:
    return "".join(rng.choice("bcdfghklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 4)))


def varied(text: str, rng: random.Random) -> str:
    """Nearly the same text: in capitals, with other signs, its words in another order, or a letter changed."""
    words = text.split()
    kind = rng.randrange(5)
    if kind == 0:
        return text.upper() + rng.choice("!?.…")
    if kind == 1:
        return " ".join(reversed(words))
    if kind == 2:
        return f"  {text.replace(' ', '  ')} "
    if kind == 3:
        return "".join(c + "\u0301" if rng.random() < 0.05 else c for c in text)
    place = rng.randrange(len(text))
    return text[:place] + rng.choice("xyz") + text[place + 1 :]


def texts(count: int, rng: random.Random, length: int) -> list[str]:
    found: list[str] = []
    near = rng.choice([0.0, 0.1, 0.3])
    while len(found) < count:
        new = varied(rng.choice(found), rng) if found and rng.random() < near else ""
        found.append(new or " ".join(word(rng) for _ in range(length)))
    return found


def graph(seed: int) -> PairDataset:
    """A random data set: few or many items, one or several matches, wrong items, grades, near duplicates of both."""
    rng = random.Random(seed)
    n, n_documents = rng.randint(24, 44), rng.choice([5, 12, 30, 60])
    queries = {f"q{i}": text for i, text in enumerate(texts(n, rng, rng.choice([4, 9])))}
    documents = {f"d{i}": text for i, text in enumerate(texts(n_documents, rng, rng.choice([3, 12])))}
    relevance: dict[str, dict[str, float]] = {}
    negatives: dict[str, tuple[str, ...]] = {}
    for query_id in queries:
        chosen = rng.sample(list(documents), min(n_documents, 4))
        matches = 1 + (rng.random() < 0.1) + (rng.random() < 0.05)
        relevance[query_id] = {document: rng.choice([0.5, 1.0]) for document in chosen[:matches]}
        if rng.random() < 0.4:
            negatives[query_id] = (chosen[3],)
    return PairDataset(queries, documents, relevance, negatives)


Form = tuple[str, tuple[str, ...], frozenset[str]]


def form(text: str) -> Form:
    """What of a text is compared: its letters, its words in order, its triples. Written anew, to check the other."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(c for c in plain if c.isalnum() or unicodedata.category(c)[0] in "MS") or plain.strip()
    return letters, tuple(sorted(plain.split())), frozenset(letters[i : i + 3] for i in range(len(letters) - 2))


def alike(a: Form, b: Form) -> bool:
    if a[0] == b[0] or a[1] == b[1]:
        return True
    shared, together = len(a[2] & b[2]), len(a[2] | b[2])
    return together > 0 and shared * 10 >= together * 9


def assert_apart(sides: Mapping[str, Iterable[str]]) -> None:
    """No text of one side is nearly the same as one of another."""
    forms = {side: {form(text) for text in found} for side, found in sides.items()}
    for side, mine in forms.items():
        for other, theirs in forms.items():
            if side < other:
                leaks = [(a, b) for a in mine for b in theirs if alike(a, b)]
                assert not leaks, (side, other, leaks[:2])


def query_sides(split: SplitDataset) -> dict[str, list[str]]:
    parts = {"learn": split.train, "choose": split.validation, "judge": split.test}
    assert sorted(q for part in parts.values() for q in part) == sorted(split.data.queries)
    return {side: [split.data.queries[q] for q in part] for side, part in parts.items()}


def item_sides(split: SplitDataset) -> dict[str, set[str]]:
    """The texts of the items of each side; those that are wrong for a question teach as well."""
    data = split.data
    parts = {"learn": split.train, "choose": split.validation, "judge": split.test}
    found = {side: {d for q in part for d in data.relevance[q]} for side, part in parts.items()}
    found["learn"] |= {d for q in split.train for d in data.negatives.get(q, ())}
    return {side: {data.documents[d] for d in documents} for side, documents in found.items()}


@pytest.mark.parametrize("kind", [SplitKind.NEW_QUESTIONS, SplitKind.NEW_ITEMS])
def test_no_question_and_where_items_are_new_no_item_stands_on_two_sides(kind: SplitKind) -> None:
    done = 0
    for seed in range(GRAPHS):
        data = graph(seed)
        try:
            split = split_dataset(data, kind=kind, seed=seed, shares=ASIDE if seed % 2 else (0.0, 0.2))
        except DataError as error:
            assert error.remedy, "items that hang together cannot be kept apart, and the message says what to do"
            continue
        done += 1
        assert_apart(query_sides(split))
        assert split.receipt["shared_queries"] == 0
        if kind is SplitKind.NEW_ITEMS:
            assert_apart(item_sides(split))
            assert split.known_items == frozenset()
    assert done > GRAPHS * (0.9 if kind is SplitKind.NEW_QUESTIONS else 0.3)


def test_nothing_like_the_persons_own_questions_is_learned() -> None:
    left_out: Counter[str] = Counter()
    for seed in range(GRAPHS):
        data = graph(seed)
        rng = random.Random(seed)
        names = list(data.queries)
        rng.shuffle(names)
        own, choosing = names[:5], names[5:9] if seed % 2 else []
        # Leaks as people make them: questions of the test that stand among the examples too.
        queries = {**data.queries, names[20]: data.queries[own[0]], names[21]: varied(data.queries[own[1]], rng)}
        try:
            split = split_dataset(replace(data, queries=queries), questions=own, choosing=choosing, seed=seed)
        except DataError as error:
            assert "at least 20 are needed" in str(error)
            left_out["too few"] += 1
            continue
        left_out["split"] += 1
        assert_apart(query_sides(split))
        assert set(split.test) == set(own)
        assert set(split.validation) <= set(choosing)
        assert int(split.receipt["n_left_out"]) >= 1
    assert left_out["split"] > GRAPHS / 2


def labelled_graph(seed: int) -> PairDataset:
    """Labelled pictures, many of which look like another, of the same label or not; half of the times a catalogue."""
    rng = random.Random(seed)
    n, labels = rng.randint(40, 80), [f"label {i}" for i in range(rng.choice([3, 8, 15]))]
    pictures = [f"p{i}" for i in range(n)]
    queries = {f"q{i}": picture for i, picture in enumerate(pictures)}
    of_query = {query_id: rng.choice(labels) for query_id in queries}
    alike_to: dict[str, str] = {}
    for i, picture in enumerate(pictures):
        if i and rng.random() < 0.2:
            first = rng.choice(pictures[:i])
            alike_to[picture] = alike_to.get(first, first)
    more = [f"c{i}" for i in range(30)] if seed % 2 else []
    documents = {f"d{i}": picture for i, picture in enumerate([*pictures, *more])}
    of_document = {f"d{i}": of_query[f"q{i}"] if i < n else rng.choice(labels) for i in range(len(documents))}
    learning_only = frozenset(f"d{i}" for i in range(n)) if more else frozenset()
    plain = PairDataset(
        queries, documents, {}, task=Task.IMAGE_IMAGE, labels=of_query, alike=alike_to, learning_only=learning_only
    )
    return with_label_relevance(plain, of_document)


@pytest.mark.parametrize("kind", [SplitKind.NEW_QUESTIONS, SplitKind.NEW_ITEMS])
def test_no_picture_that_looks_like_one_to_judge_by_is_learned(kind: SplitKind) -> None:
    done = 0
    for seed in range(150):
        data = labelled_graph(seed)
        try:
            split = split_dataset(data, kind=kind, seed=seed, shares=ASIDE if seed % 3 else (0.0, 0.2))
        except DataError as error:
            assert error.remedy
            continue
        done += 1
        parts = (split.train, split.validation, split.test)
        looks = [{data.alike.get(data.queries[q], data.queries[q]) for q in part} for part in parts]
        labels = [{data.labels[q] for q in part} for part in parts]
        for one, other in ((0, 1), (0, 2), (1, 2)):
            assert not looks[one] & looks[other]
            assert kind is SplitKind.NEW_QUESTIONS or not labels[one] & labels[other]
    assert done > (140 if kind is SplitKind.NEW_QUESTIONS else 20)
