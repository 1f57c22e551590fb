"""The loss follows the data, or is refused with a remedy."""

import pytest

from trainer.config import Loss
from trainer.errors import DataError
from trainer.examples import Examples
from trainer.loss_choice import (
    LABEL_SENTENCES,
    SENTENCES,
    choose_loss,
    label_words,
)

PLAIN = Examples({"q1": ("d1",), "q2": ("d2",)})
SHARED = Examples({"q1": ("d1",), "q2": ("d1",)})
JUDGED = Examples({"q1": ("d1",)}, judged={"q1": ("d2",)})
YES_NO = Examples({"q1": ("d1",)}, judged={"q1": ("d2",)}, grades={"q1": {"d1": 1.0, "d2": 0.0}})
SCORED = Examples({"q1": ("d1", "d2")}, judged={"q1": ("d3",)}, grades={"q1": {"d1": 1.0, "d2": 0.6, "d3": 0.1}})


@pytest.mark.parametrize(
    ("examples", "expected"),
    [
        (PLAIN, Loss.INFO_NCE),
        (SHARED, Loss.INFO_NCE),
        (JUDGED, Loss.INFO_NCE),
        (YES_NO, Loss.INFO_NCE),
        (SCORED, Loss.COSENT),
    ],
)
def test_automatic_follows_the_data(examples: Examples, expected: Loss) -> None:
    assert choose_loss(Loss.AUTO, examples) is expected


@pytest.mark.parametrize(
    ("wanted", "examples"),
    [
        (Loss.INFO_NCE, SCORED),
        (Loss.COSENT, YES_NO),
        (Loss.TRIPLET, JUDGED),
        (Loss.SUPERVISED_CONTRASTIVE, SHARED),
    ],
)
def test_what_is_asked_for_is_used_where_the_data_carry_it(wanted: Loss, examples: Examples) -> None:
    assert choose_loss(wanted, examples) is wanted


@pytest.mark.parametrize(
    ("wanted", "lack"),
    [
        (Loss.COSENT, "no two different scores"),
        (Loss.TRIPLET, "does not match"),
        (Loss.SUPERVISED_CONTRASTIVE, "share an item or label"),
        (Loss.ARC_FACE, "these examples are pairs"),
    ],
)
def test_what_the_data_lack_is_said_with_a_remedy(wanted: Loss, lack: str) -> None:
    with pytest.raises(DataError, match=lack) as caught:
        choose_loss(wanted, PLAIN)
    assert "automatic" in caught.value.remedy


def test_equal_scores_order_nothing() -> None:
    same = Examples({"q1": ("d1",), "q2": ("d2",)}, grades={"q1": {"d1": 1.0}, "q2": {"d2": 1.0}})
    assert choose_loss(Loss.AUTO, same) is Loss.INFO_NCE
    with pytest.raises(DataError, match="no two different scores"):
        choose_loss(Loss.COSENT, same)


def test_every_loss_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Loss) - {Loss.AUTO, Loss.ARC_FACE}
    assert set(LABEL_SENTENCES) == set(Loss) - {Loss.COSENT}


def test_labels_carry_no_scores_to_compare() -> None:
    with pytest.raises(DataError, match="carry none") as caught:
        label_words(Loss.COSENT)
    assert "automatic" in caught.value.remedy
