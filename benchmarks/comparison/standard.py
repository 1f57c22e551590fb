"""The other side: sentence-transformers' trainer with MultipleNegativesRankingLoss, as its documentation shows it.

Everything that is not named here has the library's default: AdamW, linear decay without warm-up, no weight decay, the
default sampler and collator, the loss's scale of 20. Saving, logging and the progress bar are off, so that only the
training is timed. On a GPU both sides compute in bf16.
"""

from collections.abc import Sequence
from pathlib import Path

from datasets import Dataset
from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from transformers.trainer_callback import PrinterCallback

from benchmarks.comparison.clock import Clock
from benchmarks.comparison.judging import score
from benchmarks.comparison.sets import hold_out
from benchmarks.comparison.settings import NINE, Setting, choose
from trainer.data.pairs import SplitDataset
from trainer.encoders.text import TextEncoder

BATCH_SIZE = 32


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
    """One training at the standard setting. It chooses nothing, so it learns from all rows at once."""
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
    """A training with each setting on four fifths of the rows; the one that is best on the rest is then trained once
    more on all rows. Epochs are separate trainings, because the learning rate falls to zero over all of them.
    The clock runs during all trainings, and while they are scored."""
    learning, choosing = hold_out(split, seed)
    base = {name: tensor.clone() for name, tensor in encoder.model.state_dict().items()}
    found: dict[Setting, float] = {}
    for setting in settings:
        encoder.model.load_state_dict(base)
        train(encoder, split, learning, setting, seed=seed, folder=folder, clock=clock)
        with clock:
            scores = score(encoder, split, choosing)
        found[setting] = sum(scores.values()) / len(scores)
    chosen = choose(found)
    encoder.model.load_state_dict(base)
    train(encoder, split, [*split.train, *split.validation], chosen, seed=seed, folder=folder, clock=clock)
    return chosen
