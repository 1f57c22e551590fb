"""No leak, the same split for the same seed, and plain words when there is too little."""

import random
from dataclasses import replace

import pytest

from trainer.data.near_duplicates import near_identical
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.data.split import SHARES, default_kind, split_dataset
from trainer.errors import DataError

CONSONANTS, VOWELS = "bcdfghklmnprstvz", "aeiou"


def word(rng: random.Random) -> str:
    return "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(3))


def dataset(n: int = 200, n_documents: int = 40, seed: int = 0, near: float = 0.2) -> PairDataset:
    """Random queries, a share `near` of them near-identical to an earlier one, with one or two documents each."""
    rng = random.Random(seed)
    queries: list[str] = []
    for _ in range(n):
        if queries and rng.random() < near:
            queries.append(rng.choice(queries).upper() + rng.choice(["!", "?", ""]))
        else:
            queries.append(" ".join(word(rng) for _ in range(5)))
    documents = [" ".join(word(rng) for _ in range(3)) for _ in range(n_documents)]
    relevance: dict[str, dict[str, float]] = {}
    negatives: dict[str, tuple[str, ...]] = {}
    for i in range(n):
        chosen = rng.sample(range(n_documents), 3)
        relevance[f"q{i}"] = {f"d{chosen[0]}": 1.0, **({f"d{chosen[1]}": 1.0} if rng.random() < 0.1 else {})}
        if rng.random() < 0.3:
            negatives[f"q{i}"] = (f"d{chosen[2]}",)
    return PairDataset(
        {f"q{i}": text for i, text in enumerate(queries)},
        {f"d{i}": text for i, text in enumerate(documents)},
        relevance,
        negatives,
    )


def graded(data: PairDataset) -> PairDataset:
    """The same, with a grade for every judged pair."""
    grades = {query_id: dict.fromkeys(gains, 1.0) for query_id, gains in data.relevance.items()}
    for query_id, wrong in data.negatives.items():
        grades[query_id] |= dict.fromkeys(wrong, 0.25)
    return replace(data, grades=grades)


def with_own_items(n: int = 150) -> PairDataset:
    """As many documents as queries: each query has its own, but every seventh shares its neighbour's."""
    data = dataset(n, n, near=0.0)
    relevance = {f"q{i}": {f"d{i - 1 if i % 7 == 6 else i}": 1.0} for i in range(n)}
    return replace(data, relevance=relevance, negatives={f"q{i}": (f"d{(i + 9) % n}",) for i in range(n)})


ASIDE = (0.15, 0.20)
"""Shares with some questions set aside for choosing, as a caller may ask for; by default there are none."""


def assert_no_leak(split: SplitDataset) -> None:
    parts = (split.train, split.validation, split.test)
    assert sorted(q for part in parts for q in part) == sorted(split.data.queries)
    assert split.train and split.test
    sides = {query_id: number for number, part in enumerate(parts) for query_id in part}
    texts = list(split.data.queries.items())
    for i, (a, text_a) in enumerate(texts):
        for b, text_b in texts[:i]:
            assert sides[a] == sides[b] or not near_identical(text_a, text_b), (text_a, text_b)
    assert split.receipt["shared_queries"] == 0


@pytest.mark.parametrize(("shares", "n_validation"), [(SHARES, range(1)), (ASIDE, range(22, 31))])
@pytest.mark.parametrize("seed", range(3))
def test_new_questions_never_leak(seed: int, shares: tuple[float, float], n_validation: range) -> None:
    split = split_dataset(dataset(seed=seed), kind=SplitKind.NEW_QUESTIONS, seed=seed, shares=shares)
    assert_no_leak(split)
    assert 32 <= len(split.test) <= 40
    assert len(split.validation) in n_validation
    assert split.known_items == {
        q
        for q in split.test
        if all(any(d in split.data.relevance[t] for t in split.train) for d in split.data.relevance[q])
    }
    assert split.receipt["near_duplicates_kept_together"] > 20  # type: ignore[operator]


@pytest.mark.parametrize("shares", [SHARES, ASIDE])
@pytest.mark.parametrize("seed", range(3))
def test_new_items_share_no_document(seed: int, shares: tuple[float, float]) -> None:
    split = split_dataset(with_own_items(), kind=SplitKind.NEW_ITEMS, seed=seed, shares=shares)
    assert_no_leak(split)
    assert bool(split.validation) == (shares == ASIDE)
    documents = [
        {d for q in part for d in split.data.relevance[q]} for part in (split.train, split.validation, split.test)
    ]
    assert not documents[0] & documents[1] and not documents[0] & documents[2] and not documents[1] & documents[2]
    assert split.known_items == frozenset()
    taught = {d for q in split.train for d in split.data.negatives.get(q, ())}
    assert not taught & (documents[1] | documents[2])
    assert int(split.receipt["n_wrong_items_left_out"]) > 0


def test_each_segment_judges_with_its_share() -> None:
    data = dataset(300, near=0.1)
    names = ("north", *["south"] * 4, "east", "east", "", "west")
    segments = {query_id: name for i, query_id in enumerate(data.queries) if (name := names[i % 9])}
    for seed in range(5):
        split = split_dataset(replace(data, segments=segments), kind=SplitKind.NEW_QUESTIONS, seed=seed)
        assert_no_leak(split)
        for name in names:
            members = {query_id for query_id in data.queries if segments.get(query_id, "") == name}
            assert abs(len(members & set(split.test)) - 0.2 * len(members)) <= 0.06 * len(members) + 1.5, (seed, name)


def test_one_segment_for_all_changes_nothing() -> None:
    data = dataset(120)
    one = replace(data, segments=dict.fromkeys(data.queries, "all"))
    assert split_dataset(one, seed=3).test == split_dataset(data, seed=3).test


def test_grades_stay_with_the_judged_pairs_that_stay() -> None:
    split = split_dataset(graded(with_own_items()), kind=SplitKind.NEW_ITEMS)
    data = split.data
    assert int(split.receipt["n_wrong_items_left_out"]) > 0
    for query_id, grades in data.grades.items():
        assert set(grades) == {*data.relevance[query_id], *data.negatives.get(query_id, ())}


def test_near_identical_documents_are_one_item() -> None:
    data = with_own_items()
    documents = {**data.documents, "d22": "ONE AND THE SAME ITEM", "d50": "one and the same item."}
    for seed in range(8):
        split = split_dataset(replace(data, documents=documents), kind=SplitKind.NEW_ITEMS, seed=seed, shares=ASIDE)
        sides = [part for part in (split.train, split.validation, split.test) if {"q22", "q50"} & set(part)]
        assert len(sides) == 1


@pytest.mark.parametrize("kind", [SplitKind.NEW_QUESTIONS, SplitKind.NEW_ITEMS])
def test_same_seed_same_split(kind: SplitKind) -> None:
    data = with_own_items()
    assert split_dataset(data, kind=kind, seed=3) == split_dataset(data, kind=kind, seed=3)
    assert split_dataset(data, kind=kind, seed=3).test != split_dataset(data, kind=kind, seed=4).test


@pytest.mark.parametrize(("shares", "n_validation"), [(SHARES, range(1)), (ASIDE, range(15, 23))])
def test_own_questions_alone_judge(shares: tuple[float, float], n_validation: range) -> None:
    data = dataset(120, near=0.0)
    queries = {
        **data.queries,
        "q5": "where is the nearest shop",
        "q7": "how late is it there",
        "q100": "Where is the nearest shop?!",
    }
    own = tuple(f"q{i}" for i in range(100, 120))
    split = split_dataset(graded(replace(data, queries=queries)), questions=own, seed=1, shares=shares)
    assert split.kind is SplitKind.OWN_TEST
    assert split.test == own
    assert "q5" not in split.data.queries and "q7" in split.data.queries
    assert "q5" not in split.data.relevance
    assert set(split.data.grades) == set(split.data.queries)
    assert split.receipt["n_left_out"] == 1
    assert len(split.train) + len(split.validation) == 99
    assert len(split.validation) in n_validation
    assert_no_leak(split)


def test_own_questions_with_equal_text_leave_training() -> None:
    data = dataset(60, near=0.0)
    queries = {**data.queries, "q50": data.queries["q3"]}
    split = split_dataset(replace(data, queries=queries), questions=tuple(f"q{i}" for i in range(50, 60)))
    assert "q3" not in split.data.queries
    assert "q50" in split.test


def test_the_default_follows_the_data() -> None:
    assert default_kind(dataset())[0] is SplitKind.NEW_QUESTIONS
    kind, reason = default_kind(with_own_items())
    assert kind is SplitKind.NEW_ITEMS
    assert "share their item" in reason
    assert split_dataset(dataset()).receipt["kind"] == "new_questions"


@pytest.mark.parametrize("shares", [SHARES, ASIDE])
def test_the_receipt_adds_up(shares: tuple[float, float]) -> None:
    receipt = split_dataset(dataset(), shares=shares).receipt
    assert receipt["n_train"] + receipt["n_validation"] + receipt["n_test"] == receipt["n_queries"] == 200  # type: ignore[operator]
    assert receipt["n_known_items"] + receipt["n_new_items"] == receipt["n_test"]  # type: ignore[operator]
    for number in ("n_train", "n_test"):
        assert f"{receipt[number]} to" in str(receipt["sentence"])


def test_the_sentence_says_how_settings_are_chosen() -> None:
    """Taking turns, the questions to learn from choose as well: to say that none is shared would be a lie."""
    turns, aside = (split_dataset(dataset(), shares=shares).receipt for shares in (SHARES, ASIDE))
    assert turns["n_validation"] == 0
    assert turns["sentence"] == (
        f"200 questions: {turns['n_train']} to learn from and, taking turns, to choose settings by, "
        f"{turns['n_test']} to judge, no question shared between learning and judging."
    )
    assert aside["sentence"] == (
        f"200 questions: {aside['n_train']} to learn from, {aside['n_validation']} to choose settings, "
        f"{aside['n_test']} to judge, no question shared between them."
    )


@pytest.mark.parametrize("shares", [(0.2, 0.0), (-0.1, 0.2), (0.6, 0.4)])
def test_shares_that_leave_nothing_to_learn_or_judge_are_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="shares must"):
        split_dataset(dataset(), shares=shares)


def test_too_little_data_says_how_much_is_needed() -> None:
    with pytest.raises(DataError, match=r"only 19 different questions; at least 20 are needed.*Add more"):
        split_dataset(dataset(19))
    with pytest.raises(DataError, match="same item"):
        split_dataset(replace(dataset(30), documents={"d0": "x"}))
    with pytest.raises(DataError, match="only 3 usable test questions; at least 5"):
        split_dataset(dataset(60), questions=("q1", "q2", "q3"))
    with pytest.raises(DataError, match="only 10 different questions to learn from"):
        split_dataset(dataset(40, near=0.0), questions=tuple(f"q{i}" for i in range(30)))
    with pytest.raises(DataError, match="Nearly all questions are near-identical"):
        alike = replace(dataset(30), queries={f"q{i}": "the same" + "!" * i for i in range(30)})
        split_dataset(alike, kind=SplitKind.NEW_QUESTIONS)
    with pytest.raises(DataError, match="new questions about known items"):
        split_dataset(dataset(100, 5), kind=SplitKind.NEW_ITEMS)


@pytest.mark.parametrize("shares", [SHARES, ASIDE])
@pytest.mark.parametrize("n", [20, 21, 25, 33])
def test_small_data_sets_still_split(n: int, shares: tuple[float, float]) -> None:
    split = split_dataset(dataset(n, near=0.0), kind=SplitKind.NEW_QUESTIONS, shares=shares)
    assert len(split.test) >= 2
    assert (len(split.validation) >= 2) == (shares == ASIDE)
    assert len(split.train) > n / 2
