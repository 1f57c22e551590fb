"""Each loss, on data that carry what it needs, teaches a tiny real model what it promises."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.tiny import CONCEPTS, make_split
from trainer.config import FinetuneConfig, Loss
from trainer.data.pairs import SplitDataset
from trainer.encoders.base import Side
from trainer.encoders.text import TextEncoder
from trainer.errors import DataError
from trainer.examples import Examples
from trainer.fit import fit
from trainer.loss_choice import SENTENCES
from trainer.pipeline import finetune
from trainer.progress import Event, LogEvent
from trainer.validation import ValidationSet


def scored_split() -> SplitDataset:
    """Of the wrong items of each question, the next concept's is scored a little and the one after that not at all."""
    split = make_split(n_validation=36)
    data = split.data
    concepts = {name: int(next(iter(gains))[1:]) for name, gains in data.relevance.items()}
    some = {name: f"d{(concept + 1) % CONCEPTS}" for name, concept in concepts.items()}
    none = {name: f"d{(concept + 2) % CONCEPTS}" for name, concept in concepts.items()}
    grades = {name: {f"d{concepts[name]}": 1.0, some[name]: 0.4, none[name]: 0.0} for name in data.queries}
    wrong: dict[str, tuple[str, ...]] = {name: (some[name], none[name]) for name in data.queries}
    return replace(split, data=replace(data, grades=grades, negatives=wrong))


SPLIT = scored_split()
VALIDATION = ValidationSet.of(SPLIT, SPLIT.validation, {})


def train(encoder: TextEncoder, folder: Path, loss: Loss, epochs: int) -> None:
    data = SPLIT.data
    queries = encoder.tokenise([data.queries[name] for name in SPLIT.train], Side.QUERY)
    documents = encoder.tokenise(list(data.documents.values()), Side.DOCUMENT)
    tokens = {f"q{name}": row for name, row in zip(SPLIT.train, queries, strict=True)}
    tokens |= {f"d{name}": row for name, row in zip(data.documents, documents, strict=True)}
    config = FinetuneConfig(epochs=epochs, learning_rate=3e-3, batch_size=24, hard_negatives=2, loss=loss)
    fit(
        encoder,
        tokens,
        Examples.of_training_split(SPLIT, {}),
        config,
        state_folder=folder,
        fingerprint="x",
    )


def score(encoder: TextEncoder) -> float:
    """Mean nDCG@10 of the questions that were not learned from."""
    return VALIDATION.judge(**VALIDATION.read(encoder)).mean


def lead_of_the_better_wrong_item(encoder: TextEncoder) -> float:
    """How much more similar the item scored .4 is than the one scored 0, on average over the validation questions."""
    data = SPLIT.data
    texts = [data.queries[name] for name in SPLIT.validation]
    better, worse = ([data.documents[data.negatives[name][place]] for name in SPLIT.validation] for place in (0, 1))
    queries, betters, worses = (encoder.encode(part, side=Side.QUERY) for part in (texts, better, worse))
    return float(np.mean(np.sum(queries * (betters - worses), axis=1)))


@pytest.mark.parametrize("loss", sorted(SENTENCES))
def test_every_loss_finds_more_matches_than_the_base(tiny_model: Path, tmp_path: Path, loss: Loss) -> None:
    encoder = TextEncoder.load(tiny_model, device="cpu")
    before = score(encoder)
    train(encoder, tmp_path, loss, epochs=6)
    assert score(encoder) > before + 0.1


def test_scores_teach_which_wrong_item_is_the_better_one(tiny_model: Path, tmp_path: Path) -> None:
    leads = {}
    for loss in (Loss.INFO_NCE, Loss.COSENT):
        encoder = TextEncoder.load(tiny_model, device="cpu")
        train(encoder, tmp_path / loss, loss, epochs=30)
        leads[loss] = lead_of_the_better_wrong_item(encoder)
    assert leads[Loss.COSENT] > leads[Loss.INFO_NCE] + 0.2


def test_log_and_report_say_what_is_learned(tiny_model: Path, tmp_path: Path) -> None:
    events: list[Event] = []
    report = finetune(
        SPLIT,
        base_model=str(tiny_model),
        config=FinetuneConfig(epochs=1, hard_negatives=0),
        output=tmp_path / "out",
        work_folder=tmp_path / "work",
        on_event=events.append,
    )
    assert SENTENCES[Loss.COSENT] in report.get("learning", "")
    assert [event for event in events if isinstance(event, LogEvent) and SENTENCES[Loss.COSENT] in event.message]


def test_a_loss_without_its_data_is_refused_before_any_work(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no two different scores"):
        finetune(
            make_split(),
            base_model=str(tiny_model),
            config=FinetuneConfig(loss=Loss.COSENT),
            output=tmp_path / "out",
            work_folder=tmp_path / "work",
        )
    assert not (tmp_path / "work").exists()
