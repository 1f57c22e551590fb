"""How fast the exported ONNX files read texts beside the standard library, and what int8 costs in quality:
`.venv/bin/python -m benchmarks.encoding [--texts 5000] [--rounds 3] [--threads 2] [--base-model NAME]`.

Reads short texts with `SentenceTransformer.encode` and with the fp32 and int8 files that a run would export, by turns
in one process, tokenising included, as many threads for all. Data sets: folders with test.csv and catalogue.csv in the
folder given by TAILOR_BENCH_DATA; without it, the sample data. Trust the ratios, not the texts per second.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from benchmarks.comparison.sets import find_sets, read_split, sizes_of, write_sample_set
from trainer.data.pairs import SplitDataset
from trainer.encoders.catalogue import resolve_base_model
from trainer.encoders.text import TextEncoder
from trainer.evaluation.metrics import evaluate
from trainer.evaluation.ranking import rank
from trainer.export.exported import Exported, export
from trainer.export.onnx_encoder import OnnxEncoder

TARGET = 5.0  # int8 against SentenceTransformer.encode
Encode = Callable[[list[str]], np.ndarray]


def main() -> None:
    """Measure, print two tables, exit with status 1 when int8 misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--base-model", default="minilm-l6")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as scratch:
        splits = _splits(Path(scratch))
        encoder = TextEncoder.load(resolve_base_model(arguments.base_model), device="cpu")
        began = time.perf_counter()
        exported = _export(encoder, splits, Path(scratch))
        print(f"both ONNX files written and checked in {time.perf_counter() - began:.1f} s")
        systems = _systems(exported)
        print(f"{arguments.texts:,} texts, {arguments.threads} threads, median of {arguments.rounds} rounds")
        ratio = _print_speed(systems, _texts(splits, arguments.texts), arguments.rounds)
        _print_quality(systems, splits)
    raise SystemExit(0 if ratio >= TARGET else 1)


def _splits(scratch: Path) -> dict[str, SplitDataset]:
    given = os.environ.get("TAILOR_BENCH_DATA")
    folders = find_sets(Path(given)) if given else [write_sample_set(scratch)]
    return {folder.name: read_split(folder, sizes_of(folder)[0], 0) for folder in folders}


def _texts(splits: dict[str, SplitDataset], count: int) -> list[str]:
    """Queries and documents of all sets, shuffled; again and again where they are too few."""
    texts = [
        text
        for split in splits.values()
        for part in (split.data.queries, split.data.documents)
        for text in part.values()
    ]
    order = np.random.default_rng(0).permutation(len(texts))
    return [texts[place] for place in np.resize(order, count)]


def _export(encoder: TextEncoder, splits: dict[str, SplitDataset], scratch: Path) -> Exported:
    folder = scratch / "model"
    encoder.save(folder)
    typical = _texts(splits, 64)
    return export(folder, encoder=encoder, sample_texts=typical[:8], typical=typical, int8=True, onnx=scratch / "onnx")


def _systems(exported: Exported) -> dict[str, Encode]:
    model: SentenceTransformer = exported.model
    exact, small = (OnnxEncoder(model, path) for path in (exported.onnx / "model.onnx", exported.int8_file))
    return {
        "SentenceTransformer.encode": lambda texts: np.asarray(
            model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        ),
        "ONNX fp32": exact.encode,
        "ONNX int8": small.encode,
    }


def _print_speed(systems: dict[str, Encode], texts: list[str], rounds: int) -> float:
    """The table of speeds; gives int8's ratio."""
    seconds: dict[str, list[float]] = {name: [] for name in systems}
    processor: dict[str, list[float]] = {name: [] for name in systems}
    cosines: dict[str, np.ndarray] = {}
    for _ in range(rounds):
        for name, encode in systems.items():
            began, busy = time.perf_counter(), time.process_time()
            vectors = encode(texts)
            seconds[name].append(time.perf_counter() - began)
            processor[name].append(time.process_time() - busy)
            expected = cosines.setdefault("", vectors)
            cosines[name] = np.sum(vectors * expected, axis=1)
    stock = next(iter(systems))
    ratios = {name: median(np.array(seconds[stock]) / np.array(seconds[name])) for name in systems}
    print(f"{'':<28}{'texts/s':>9}{'ratio':>8}{'ratio of CPU time':>19}{'cosine, mean':>14}{'least':>9}")
    for name in systems:
        busy_ratio = median(np.array(processor[stock]) / np.array(processor[name]))
        print(
            f"{name:<28}{len(texts) / median(seconds[name]):>9.0f}{ratios[name]:>8.2f}{busy_ratio:>19.2f}"
            f"{cosines[name].mean():>14.5f}{cosines[name].min():>9.5f}"
        )
    return float(ratios["ONNX int8"])


def _print_quality(systems: dict[str, Encode], splits: dict[str, SplitDataset]) -> None:
    """nDCG@10 of every system on the test questions of each set, and what int8 loses."""
    print(f"\n{'nDCG@10':<16}" + "".join(f"{name.split('.')[0]:>22}" for name in systems) + f"{'int8 − exact':>14}")
    for name, split in splits.items():
        scores = [_score(encode, split) for encode in systems.values()]
        print(f"{name:<16}" + "".join(f"{score:>22.4f}" for score in scores) + f"{scores[-1] - scores[0]:>+14.4f}")


def _score(encode: Encode, split: SplitDataset) -> float:
    data = split.data
    queries, documents = encode([data.queries[name] for name in split.test]), encode(list(data.documents.values()))
    rankings = rank(queries, documents, split.test, list(data.documents))
    return evaluate(rankings, {name: data.relevance[name] for name in split.test})["ndcg@10"]


if __name__ == "__main__":
    main()
