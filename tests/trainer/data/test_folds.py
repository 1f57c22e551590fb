"""Folds: everybody chooses once, and nobody by a model that knows the question, or a twin of it, already."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainer.data.folds import Fold, make_folds
from trainer.data.near_duplicates import near_identical
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.data.split import split_dataset


def word(rng: random.Random) -> str:
    return "".join(rng.choice("bcdfghklmnprstvz") + rng.choice("aeiou") for _ in range(3))


def dataset(n: int, seed: int, *, twins: float = 0.3, shared: float = 0.3) -> PairDataset:
    """Each query has an item of its own, but a share `twins` of them read nearly like an earlier one, and a share
    `shared` have an earlier one's item."""
    rng = random.Random(seed)
    queries: list[str] = []
    items: list[int] = []
    for number in range(n):
        twin = bool(queries) and rng.random() < twins
        queries.append(rng.choice(queries).upper() + "!" if twin else " ".join(word(rng) for _ in range(5)))
        items.append(rng.choice(items) if items and rng.random() < shared else number)
    return PairDataset(
        {f"q{number}": text for number, text in enumerate(queries)},
        {f"d{number}": " ".join(word(rng) for _ in range(3)) for number in range(n)},
        {f"q{number}": {f"d{item}": 1.0} for number, item in enumerate(items)},
    )


def split_of(data: PairDataset, kind: SplitKind, seed: int = 0) -> SplitDataset:
    """The last three queries judge, all others learn."""
    names = tuple(data.queries)
    return SplitDataset(data, names[:-3], (), names[-3:], kind, seed, frozenset(), {})


def assert_takes_turns(split: SplitDataset, folds: list[Fold]) -> None:
    """Every training query chooses once, and learns in all other folds; the queries that judge do neither."""
    assert Counter(q for fold in folds for q in fold.choose) == Counter(split.train)
    for fold in folds:
        assert not set(fold.learn) & set(fold.choose)
        assert Counter([*fold.learn, *fold.choose]) == Counter(split.train)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(40, 90),
    st.integers(0, 1_000),
    st.integers(2, 6),
    st.sampled_from([SplitKind.NEW_QUESTIONS, SplitKind.NEW_ITEMS, SplitKind.OWN_TEST]),
)
def test_nobody_chooses_by_a_model_that_knows_the_question(n: int, seed: int, count: int, kind: SplitKind) -> None:
    split = split_of(dataset(n, seed), kind, seed)
    folds = make_folds(split, count)
    assert len(folds) >= count
    assert_takes_turns(split, folds)
    texts, relevance = split.data.queries, split.data.relevance
    for fold in folds:
        learned = {document for query in fold.learn for document in relevance[query]}
        for query in fold.choose:
            assert not any(near_identical(texts[query], texts[other]) for other in fold.learn)
            assert kind is not SplitKind.NEW_ITEMS or not learned & set(relevance[query])


def test_known_items_are_asked_for_on_both_sides() -> None:
    """Where only questions are new, choosing without their items would be choosing by another task."""
    split = split_of(dataset(90, 0, twins=0.0, shared=0.9), SplitKind.NEW_QUESTIONS)
    for fold in make_folds(split, 2):
        learned = {document for query in fold.learn for document in split.data.relevance[query]}
        assert any(learned & set(split.data.relevance[query]) for query in fold.choose)


@pytest.mark.parametrize("kind", [SplitKind.NEW_QUESTIONS, SplitKind.NEW_ITEMS])
def test_folds_are_of_about_equal_size(kind: SplitKind) -> None:
    sizes = [len(fold.choose) for fold in make_folds(split_of(dataset(300, 1), kind), 4)]
    assert len(sizes) == 4 and max(sizes) - min(sizes) <= 2


def test_the_seed_draws_them() -> None:
    data = dataset(200, 2)
    assert make_folds(split_of(data, SplitKind.NEW_ITEMS, 1), 3) == make_folds(
        split_of(data, SplitKind.NEW_ITEMS, 1), 3
    )
    assert make_folds(split_of(data, SplitKind.NEW_ITEMS, 1), 3) != make_folds(
        split_of(data, SplitKind.NEW_ITEMS, 2), 3
    )


@pytest.mark.parametrize("count", [2, 4])
def test_queries_set_aside_choose_alone(count: int) -> None:
    split = split_dataset(dataset(120, 3), kind=SplitKind.NEW_QUESTIONS, shares=(0.2, 0.2))
    assert make_folds(split, count) == [Fold(split.train, split.validation)]


def test_of_few_examples_there_are_more_folds_that_learn_from_more() -> None:
    """Two halves of few examples say little about a model that learns from all of them."""
    few, many = (split_of(dataset(n, 4, twins=0.0), SplitKind.NEW_QUESTIONS) for n in (63, 303))
    assert (len(make_folds(few, 2)), len(make_folds(many, 2))) == (4, 2)
    assert len(make_folds(few, 6)) == 6
    assert min(len(fold.learn) for fold in make_folds(few, 2)) == 45


def test_without_two_groups_there_is_nothing_to_choose_by() -> None:
    data = dataset(40, 5)
    alike = replace(data, queries={name: "the same" + "!" * place for place, name in enumerate(data.queries)})
    assert make_folds(split_of(alike, SplitKind.NEW_QUESTIONS), 2) == []
    one_item = replace(data, relevance={name: {"d0": 1.0} for name in data.queries})
    assert make_folds(split_of(one_item, SplitKind.NEW_ITEMS), 2) == []
    assert make_folds(split_of(one_item, SplitKind.NEW_QUESTIONS), 2) != []
