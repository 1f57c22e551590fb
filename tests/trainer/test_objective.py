"""Each objective is the documented sum of losses of the right parts of a batch."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.trainer.losses.making import unit
from trainer.config import FinetuneConfig, Loss
from trainer.errors import DataError
from trainer.examples import Batch, Examples, draw_epoch
from trainer.loss_choice import SENTENCES
from trainer.losses import cosent, supervised_contrastive, symmetric_info_nce, triplet_margin
from trainer.objective import COSENT_SHARE, MARGIN, SUPERVISED_CONTRASTIVE_SHARE, Objective, belonging

EXAMPLES = Examples(
    positives={"q1": ("d1", "d2"), "q2": ("d1",), "q3": ("d2",), "q4": ("d3",)},
    judged={"q1": ("d4",), "q4": ("d1",)},
    grades={"q1": {"d1": 1.0, "d2": 0.5, "d4": 0.25}, "q4": {"d3": 1.0, "d1": 0.0}},
)
TEMPERATURE = 0.07


def batch() -> Batch:
    (only,) = draw_epoch(EXAMPLES, epoch=0, seed=0, batch_size=8, negatives=0)
    return only


def parts(of: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """(all embeddings, of the queries, of the documents)"""
    vectors = unit(len(of.queries) + len(of.documents), 3)
    return vectors, vectors[: len(of.queries)], vectors[len(of.queries) :]


def naive_masks(of: Batch) -> tuple[Tensor, Tensor]:
    together, apart = (torch.zeros(len(of.queries), len(of.queries), dtype=torch.bool) for _ in range(2))
    for i, one in enumerate(of.queries):
        for j, other in enumerate(of.queries):
            shared = set(EXAMPLES.positives[one]) & set(EXAMPLES.positives[other])
            together[i, j] = bool(shared) and one != other
            apart[i, j] = not shared
    return together, apart


def expected(loss: Loss, of: Batch) -> Tensor:
    _, queries, documents = parts(of)
    positive, relevant = torch.from_numpy(of.positive), torch.from_numpy(of.relevant)
    if loss is Loss.TRIPLET:
        return triplet_margin(queries, documents, positive, ~relevant, MARGIN)
    total = symmetric_info_nce(queries, documents, positive, relevant, TEMPERATURE)
    if loss is Loss.COSENT:
        total = total + COSENT_SHARE * cosent(queries, documents, torch.from_numpy(of.grades), TEMPERATURE)
    if loss is Loss.SUPERVISED_CONTRASTIVE:
        other = supervised_contrastive(queries, *naive_masks(of), TEMPERATURE)
        total = total + SUPERVISED_CONTRASTIVE_SHARE * other
    return total


@pytest.mark.parametrize("loss", sorted(SENTENCES))
def test_is_the_documented_sum(loss: Loss) -> None:
    config = FinetuneConfig(loss=loss, temperature=TEMPERATURE)
    objective = Objective.of(EXAMPLES, config)
    assert objective.loss is loss
    found = objective.loss_of(batch())(parts(batch())[0])
    assert found.item() > 0
    assert found.item() == pytest.approx(expected(loss, batch()).item(), abs=1e-9)


@pytest.mark.parametrize("loss", [Loss.INFO_NCE, Loss.TRIPLET])
def test_a_spared_document_is_masked_as_a_known_match_is(loss: Loss) -> None:
    plain = batch()
    spared = replace(plain, spared=np.array([[name == "d3"] for name in plain.documents]).T & ~plain.relevant)
    known = replace(plain, relevant=plain.relevant | spared.spared)
    objective, (vectors, _, _) = Objective(loss, TEMPERATURE, EXAMPLES), parts(plain)
    values = [objective.loss_of(each)(vectors).item() for each in (plain, spared, known)]
    assert values[1] == values[2] != values[0]


def test_the_losses_differ() -> None:
    values = {round(expected(loss, batch()).item(), 6) for loss in SENTENCES}
    assert len(values) == 4


def test_queries_belong_together_that_share_a_match() -> None:
    for found, naive in zip(belonging(batch().queries, EXAMPLES), naive_masks(batch()), strict=True):
        assert np.array_equal(found, naive.numpy())


def test_queries_that_share_a_match_outside_of_the_batch_are_not_pushed_apart() -> None:
    examples = Examples({"q1": ("a", "b"), "q2": ("a", "c"), "q3": ("d",)})
    together, apart = belonging(["q1", "q2", "q3", "q1"], examples)
    assert together.tolist() == [[0, 1, 0, 0], [1, 0, 0, 1], [0, 0, 0, 0], [0, 1, 0, 0]]
    assert apart.tolist() == [[0, 0, 1, 0], [0, 0, 1, 0], [1, 1, 0, 1], [0, 0, 1, 0]]


def test_queries_that_nearly_read_the_same_are_neither_together_nor_apart() -> None:
    examples = Examples({"q1": ("a",), "q2": ("b",), "q3": ("c",)}, spared={"q1": {"a", "b", "x"}})
    together, apart = belonging(["q1", "q2", "q3"], examples)
    assert not together.any()
    assert apart.tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 0]]


def test_a_part_of_the_examples_learns_by_the_loss_of_all() -> None:
    config = FinetuneConfig(loss=Loss.TRIPLET)
    part = Examples({"q2": ("d1",)})
    with pytest.raises(DataError, match="does not match"):
        Objective.of(part, config)
    assert Objective.of(part, config, Loss.TRIPLET).loss is Loss.TRIPLET


def test_batches_are_balanced_for_the_loss_that_needs_it() -> None:
    balanced = {loss for loss in [Loss.AUTO, *SENTENCES] if Objective.of(EXAMPLES, FinetuneConfig(loss=loss)).balanced}
    assert balanced == {Loss.SUPERVISED_CONTRASTIVE}


def test_what_the_data_lack_is_refused() -> None:
    with pytest.raises(DataError, match="scores"):
        Objective.of(Examples({"q": ("d",)}), FinetuneConfig(loss=Loss.COSENT))
