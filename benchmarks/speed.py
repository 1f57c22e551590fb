"""How fast Tailor trains and reads texts beside sentence-transformers, in one process and by turns:
`TAILOR_BENCH_DATA=/folder make bench`, or `.venv/bin/python -m benchmarks.speed [--set NAME] [--size 300]`.

Training: one epoch of the same pairs in batches of 32 without hard negatives, sentence-transformers' trainer with its
defaults against `trainer.fit`, each from the base model, loading excluded. Tailor trains as a run does, its two folds
side by side where there are threads for both, so two epochs count; beside it one training alone, and in float32.
Reading: short texts with `SentenceTransformer.encode` and with `TextEncoder.encode`, exact and fast, tokenising
included, and what fast costs in nDCG@10. The same threads for all. Trust the ratios: the clock of a machine with other
work on it runs unevenly, which the ratio of processor time shows.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from benchmarks.comparison.clock import Clock
from benchmarks.comparison.packages import start_again_with_trainer
from benchmarks.comparison.sets import SAMPLE_TRAIN, find_sets, read_split, write_sample_set
from benchmarks.comparison.settings import Setting
from trainer.config import FinetuneConfig, Precision
from trainer.data.pairs import SplitDataset
from trainer.encoders.catalogue import resolve_base_model
from trainer.encoders.text import TextEncoder
from trainer.encoders.word_rows import learn_words
from trainer.evaluation.metrics import evaluate
from trainer.evaluation.ranking import rank
from trainer.examples import Examples
from trainer.fit import Fitted, fit
from trainer.lanes import Work, abreast, count_lanes
from trainer.progress import ignore, never

BATCH_SIZE = 32  # the default of both
STOCK = "sentence-transformers"
TARGETS = {"Tailor, training": 3.5, "Tailor, exact": 1.9, "Tailor, fast": 2.5}
FOLDS = 2  # of the preset that people start with
COSINE, LOSS = 0.99999, 0.002
"""Exact embeddings must be as near as this to the stock ones, and fast ones cost no more nDCG@10 than this."""

Measure = Callable[[], Clock]


def main() -> None:
    """Measure, print two tables, exit with status 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", help="by default the first one of the folder")
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--texts", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--base-model", default="minilm-l6")
    arguments = parser.parse_args()
    start_again_with_trainer("benchmarks.speed")
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory(prefix="tailor-bench-") as scratch:
        split = _split(arguments, Path(scratch))
        model = resolve_base_model(arguments.base_model)
        met = _compare_training(split, model, arguments.rounds, Path(scratch))
        met &= _compare_reading(split, model, arguments.texts, arguments.rounds)
    sys.exit(0 if met else 1)


def _split(arguments: argparse.Namespace, scratch: Path) -> SplitDataset:
    given = os.environ.get("TAILOR_BENCH_DATA")
    if not given:
        return read_split(write_sample_set(scratch), SAMPLE_TRAIN, 0)
    named = [arguments.set] if arguments.set else []
    return read_split(find_sets(Path(given), named)[0], arguments.size, 0)


def _compare_training(split: SplitDataset, model: Path, rounds: int, scratch: Path) -> bool:
    learn = [*split.train, *split.validation]
    pairs = sum(len(split.data.relevance[query_id]) for query_id in learn)
    systems: dict[str, Measure] = {
        STOCK: lambda: _train_stock(split, learn, model, scratch),
        "Tailor, training": lambda: _train(split, learn, model, Precision.AUTO, FOLDS),
        "Tailor, one alone": lambda: _train(split, learn, model, Precision.AUTO, 1),
        "Tailor, in float32": lambda: _train(split, learn, model, Precision.FLOAT32, FOLDS),
    }
    print(f"Training, {pairs:,} pairs, batches of {BATCH_SIZE}, {torch.get_num_threads()} threads")
    return _print(_by_turns(systems, rounds), pairs, "pairs/s")


def _train_stock(split: SplitDataset, learn: list[str], model: Path, scratch: Path) -> Clock:
    # Imported here because it needs packages that only `start_again_with_trainer` brings.
    from benchmarks.comparison import standard

    assert standard.BATCH_SIZE == BATCH_SIZE
    clock = Clock()
    standard.train(TextEncoder.load(model), split, learn, Setting(epochs=1), seed=0, folder=scratch, clock=clock)
    return clock


def _train(split: SplitDataset, learn: list[str], model: Path, precision: Precision, trainings: int) -> Clock:
    """The clock of one epoch: of that many trainings of one, side by side as far as a run's folds are, their mean."""
    encoder, clock = TextEncoder.load(model, precision=precision), Clock()
    config = FinetuneConfig(epochs=1, batch_size=BATCH_SIZE, hard_negatives=0, precision=precision)
    data = split.data
    with tempfile.TemporaryDirectory() as states, clock:
        texts = {f"q{name}": data.queries[name] for name in learn}
        texts |= {f"d{name}": data.documents[name] for query_id in learn for name in data.relevance[query_id]}
        tokens = dict(zip(texts, encoder.tokenise(list(texts.values())), strict=True))
        learn_words(encoder.model, tokens.values())  # as a run does
        examples = Examples.of_training_split(split, {}, learn)

        def training_of(own: TextEncoder, name: str) -> Work[Fitted]:
            return lambda tell, should_stop: fit(
                own,
                tokens,
                examples,
                config,
                state_folder=Path(states) / name,
                fingerprint="",
                on_event=tell,
                should_stop=should_stop,
            )

        lanes = count_lanes(encoder, trainings)
        encoders = [encoder, *(encoder.twin() for _ in range(lanes - 1))]
        abreast([training_of(own, str(number)) for number, own in enumerate(encoders)], ignore, never)
    return clock.shared_by(lanes)


def _compare_reading(split: SplitDataset, model: Path, count: int, rounds: int) -> bool:
    stock, ours = SentenceTransformer(str(model), local_files_only=True), TextEncoder.load(model)
    texts = _texts(split, count)
    encode: dict[str, Callable[[list[str]], np.ndarray]] = {
        STOCK: lambda some: np.asarray(stock.encode(some, normalize_embeddings=True, show_progress_bar=False)),
        "Tailor, exact": lambda some: ours.encode(some),
        "Tailor, fast": lambda some: ours.encode(some, fast=True),
    }
    print(f"\nReading {count:,} texts")
    vectors: dict[str, np.ndarray] = {}

    def reading(name: str) -> Measure:
        def measure() -> Clock:
            clock = Clock()
            with clock:
                vectors[name] = encode[name](texts)
            return clock

        return measure

    met = _print(_by_turns({name: reading(name) for name in encode}, rounds), count, "texts/s")
    cosine = float(np.sum(vectors[STOCK] * vectors["Tailor, exact"], axis=1).min())
    scores = {name: _score(read, split) for name, read in encode.items()}
    loss = scores[STOCK] - scores["Tailor, fast"]
    print(f"least cosine of exact and stock embeddings {cosine:.7f}")
    print("nDCG@10 " + ", ".join(f"{name}: {score:.4f}" for name, score in scores.items()))
    return met and cosine >= COSINE and loss <= LOSS


def _texts(split: SplitDataset, count: int) -> list[str]:
    """Queries and documents, shuffled; again and again where they are too few."""
    texts = [*split.data.queries.values(), *split.data.documents.values()]
    order = np.random.default_rng(0).permutation(len(texts))
    return [texts[place] for place in np.resize(order, count)]


def _score(encode: Callable[[list[str]], np.ndarray], split: SplitDataset) -> float:
    data = split.data
    queries, documents = encode([data.queries[name] for name in split.test]), encode(list(data.documents.values()))
    rankings = rank(queries, documents, split.test, list(data.documents))
    return evaluate(rankings, {name: data.relevance[name] for name in split.test})["ndcg@10"]


def _by_turns(systems: dict[str, Measure], rounds: int) -> dict[str, list[Clock]]:
    clocks: dict[str, list[Clock]] = {name: [] for name in systems}
    for _ in range(rounds):
        for name, measure in systems.items():
            clocks[name].append(measure())
    return clocks


def _print(clocks: dict[str, list[Clock]], count: int, unit: str) -> bool:
    """A table; whether all targets are met by the median of the rounds' ratios."""
    print(f"{'':<24}{unit:>9}{'ratio':>8}{'of processor time':>20}")
    met = True
    for name, measured in clocks.items():
        ratio = median(stock.seconds / own.seconds for stock, own in zip(clocks[STOCK], measured, strict=True))
        busy = median(
            stock.processor_seconds / own.processor_seconds for stock, own in zip(clocks[STOCK], measured, strict=True)
        )
        target = TARGETS.get(name)
        verdict = "" if target is None else f"  target {target}: {'met' if ratio >= target else 'MISSED'}"
        met &= target is None or ratio >= target
        speed = count / median(clock.seconds for clock in measured)
        print(f"{name:<24}{speed:>9.1f}{ratio:>8.2f}{busy:>20.2f}{verdict}", flush=True)
    return met


if __name__ == "__main__":
    main()
