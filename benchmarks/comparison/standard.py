"""The other side: sentence-transformers' trainer with MultipleNegativesRankingLoss, as its documentation shows it.

Everything that is not named here has the library's default: AdamW, linear decay without warm-up, no weight decay, the
default sampler and collator, the loss's scale of 20. Saving, logging and the progress bar are off, so that only the
training is timed. On a GPU both sides compute in bf16.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets import Dataset
from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from transformers.trainer_callback import PrinterCallback

from benchmarks.comparison.clock import Clock
from benchmarks.comparison.judging import score
from trainer.data.pairs import SplitDataset
from trainer.encoders.text import TextEncoder

BATCH_SIZE = 32


@dataclass(frozen=True)
class Setting:
    """Learning rate and epochs of one training; these defaults are the standard that all ratios refer to."""

    learning_rate: float = 5e-5
    epochs: int = 3

    def __str__(self) -> str:
        return f"lr {self.learning_rate:.0e}, {self.epochs} epochs"


NINE = [Setting(rate, epochs) for rate, epochs in itertools.product((2e-5, 5e-5, 1e-4), (1, 3, 5))]


def train(
    encoder: TextEncoder,
    split: SplitDataset,
    query_ids: Sequence[str],
    setting: Setting,
    *,
    seed: int,
    folder: Path,
    clock: Clock,
) -> None:
    """Trains the encoder in place on the pairs of some queries. The clock runs during `trainer.train()` alone."""
    data = split.data
    pairs = [(query_id, document_id) for query_id in query_ids for document_id in data.relevance[query_id]]
    columns = {
        "anchor": [data.queries[query_id] for query_id, _ in pairs],
        "positive": [data.documents[document_id] for _, document_id in pairs],
    }
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(folder),
        num_train_epochs=setting.epochs,
        learning_rate=setting.learning_rate,
        per_device_train_batch_size=BATCH_SIZE,
        seed=seed,
        use_cpu=encoder.device == "cpu",
        bf16=encoder.device == "cuda",
        dataloader_pin_memory=encoder.device == "cuda",
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    trainer = SentenceTransformerTrainer(
        model=encoder.model,
        args=arguments,
        train_dataset=Dataset.from_dict(columns),
        loss=MultipleNegativesRankingLoss(encoder.model),
    )
    trainer.remove_callback(PrinterCallback)
    with clock:
        trainer.train()
    encoder.model.eval()  # the trainer leaves dropout switched on


def train_standard(encoder: TextEncoder, split: SplitDataset, *, seed: int, folder: Path, clock: Clock) -> Setting:
    """One training at the standard setting. It chooses nothing, so it learns from the validation rows too."""
    setting = Setting()
    train(encoder, split, [*split.train, *split.validation], setting, seed=seed, folder=folder, clock=clock)
    return setting


def train_best(
    encoder: TextEncoder,
    split: SplitDataset,
    *,
    seed: int,
    folder: Path,
    clock: Clock,
    settings: Sequence[Setting] = NINE,
) -> Setting:
    """A training with each setting on the training rows; the one that is best on the validation split is then trained
    once more on all rows. Epochs are separate trainings, because the learning rate falls to zero over all of them.
    The clock runs during all trainings, and while they are scored on the validation split."""
    base = {name: tensor.clone() for name, tensor in encoder.model.state_dict().items()}
    found: dict[Setting, float] = {}
    for setting in settings:
        encoder.model.load_state_dict(base)
        train(encoder, split, split.train, setting, seed=seed, folder=folder, clock=clock)
        with clock:
            scores = score(encoder, split, split.validation)
        found[setting] = sum(scores.values()) / len(scores)
    chosen = choose(found)
    encoder.model.load_state_dict(base)
    train(encoder, split, [*split.train, *split.validation], chosen, seed=seed, folder=folder, clock=clock)
    return chosen


def choose(scores: Mapping[Setting, float]) -> Setting:
    """The setting with the best score; of equal ones the gentler: fewer epochs, then the lower learning rate."""
    return min(scores, key=lambda setting: (-scores[setting], setting.epochs, setting.learning_rate))
