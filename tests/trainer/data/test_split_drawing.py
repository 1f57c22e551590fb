"""What the picture of a split draws: every group, or an honest sample of them."""

import hashlib

import pytest

from tests.trainer.data.test_split import dataset
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.data.query_groups import item_groups, members_of
from trainer.data.split import split_dataset
from trainer.data.split_drawing import SQUARES, draw


def _pairs(sizes: list[int]) -> PairDataset:
    """An item for each size, which so many questions lead to; no two texts alike."""
    asked = [item for item, size in enumerate(sizes) for _ in range(size)]
    return PairDataset(
        {f"q{number}": _text(f"question {number}") for number in range(len(asked))},
        {f"d{item}": _text(f"item {item}") for item in range(len(sizes))},
        {f"q{number}": {f"d{item}": 1.0} for number, item in enumerate(asked)},
    )


def _text(seed: str) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()


def _squares(drawn: dict[str, list[list[int]]]) -> dict[str, int]:
    return {side: sum(width * times for width, times in found) for side, found in drawn.items()}


def test_a_small_split_is_drawn_as_it_is() -> None:
    split = split_dataset(_pairs([3, 3, 2, 2, 2, 1, 1, 1, 4, 5, 6] * 3), kind=SplitKind.NEW_ITEMS)
    drawn = draw(split)
    assert (drawn["each"], drawn["sample"]) == (1, False)
    assert _squares(drawn["sides"]) == {"learn": len(split.train), "judge": len(split.test)}
    groups = members_of(item_groups(split.data), split.train)
    widths = [width for width, times in drawn["sides"]["learn"] for _ in range(times)]
    assert widths == sorted(map(len, groups), reverse=True)
    assert drawn["largest"] == 6


def test_new_questions_are_tied_by_their_words_alone() -> None:
    data = dataset(40)
    drawn = draw(split_dataset(data, kind=SplitKind.NEW_QUESTIONS))
    assert drawn["n_tied"] == split_dataset(data, kind=SplitKind.NEW_QUESTIONS).receipt["near_duplicates_kept_together"]


@pytest.mark.parametrize("small", [1, 4])
def test_of_many_a_sample_keeps_the_proportions(small: int) -> None:
    split = split_dataset(_pairs([small] * 600 + [6] * 300), kind=SplitKind.NEW_ITEMS)
    drawn = draw(split)
    assert drawn["sample"] and drawn["each"] == 1
    squares = _squares(drawn["sides"])
    assert abs(sum(squares.values()) - SQUARES) < (1 if small == 1 else 30)
    assert abs(squares["judge"] / sum(squares.values()) - len(split.test) / len(split.data.queries)) < 0.05
    shares = dict(drawn["sides"]["learn"])
    assert 1.5 < shares[small] / shares[6] < 2.6
    assert drawn["n_groups"] == (300 if small == 1 else 900)


def test_a_giant_group_is_drawn_in_its_share() -> None:
    drawn = draw(split_dataset(_pairs([900, *[2] * 600]), kind=SplitKind.NEW_ITEMS))
    assert (drawn["each"], drawn["sample"], drawn["largest"]) == (7, False, 900)
    assert [round(900 / 7), 1] in drawn["sides"]["learn"]
    assert abs(sum(_squares(drawn["sides"]).values()) - 300) < 2


def test_a_side_of_whatever_size_can_be_sampled() -> None:
    """With a test file of its own a side may be drawn in a number of blocks that ends in a half, such as 2½."""
    for judge in (1, 7, 11, 75, 483, 500):
        learn = 600 - judge if judge < 80 else judge
        ids = tuple(f"{number}" for number in range(learn + judge))
        data = PairDataset(
            {name: _text(f"question {name}") for name in ids},
            {name: _text(f"item {name}") for name in ids},
            {name: {name: 1.0} for name in ids},
        )
        split = SplitDataset(data, ids[:learn], (), ids[learn:], SplitKind.NEW_ITEMS, 0, frozenset(), {})
        squares = _squares(draw(split)["sides"])
        assert abs(squares["learn"] - 300 * learn / (learn + judge)) <= 1
        assert abs(squares["judge"] - 300 * judge / (learn + judge)) <= 1
