"""A tiny real BERT with its own vocabulary, and a search problem that it can learn in seconds."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from transformers import BertConfig, BertModel, BertTokenizer

from trainer.data.pairs import PairDataset, SplitDataset, SplitKind

CONCEPTS = 12
ASKING = [f"ask{number}" for number in range(CONCEPTS)]
NAMING = [f"name{number}" for number in range(CONCEPTS)]
FILLERS = [f"filler{number}" for number in range(30)]


def make_tiny_model(folder: Path) -> Path:
    """Saves a SentenceTransformer folder: 2 layers, 32 dimensions, random weights; always the same."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *ASKING, *NAMING, *FILLERS]
    plain = folder.with_name(f"{folder.name}-plain")
    plain.mkdir(parents=True)
    (plain / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
    )
    BertModel(config).save_pretrained(plain)
    BertTokenizer(vocab=str(plain / "vocab.txt"), model_max_length=32).save_pretrained(plain)
    transformer = Transformer(str(plain), max_seq_length=32)
    modules = [transformer, Pooling(32, "mean"), Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save_pretrained(str(folder), create_model_card=False)
    return folder


def texts_in(features: dict[str, Any]) -> int:
    """How many texts one forward pass holds, padded or packed."""
    return len(features["cu_seq_lens_q"]) - 1 if "cu_seq_lens_q" in features else len(features["input_ids"])


def make_split(*, shuffled: bool = False, n_validation: int = 0, seed: int = 0) -> SplitDataset:
    """Queries that name a concept in one word, documents in another; 8 training queries for each concept.

    shuffled: the training pairs are wrong at random, the others right. n_validation: queries set aside for choosing;
    without any, the training queries take turns.
    """
    random = np.random.default_rng(seed)

    def text(word: str) -> str:
        return " ".join(random.permutation([word, word, *random.choice(FILLERS, random.integers(1, 4))]))

    documents = {f"d{number}": text(NAMING[number]) for number in range(CONCEPTS)}
    documents |= {f"other{number}": " ".join(random.choice(FILLERS, 4)) for number in range(20)}
    n_train, n_test = 8 * CONCEPTS, 3 * CONCEPTS
    queries: dict[str, str] = {}
    relevance: dict[str, dict[str, float]] = {}
    wrong = random.integers(0, CONCEPTS, n_train)
    for number in range(n_train + n_validation + n_test):
        concept = number % CONCEPTS
        queries[f"q{number}"] = text(ASKING[concept])
        learned = wrong[number] if shuffled and number < n_train else concept
        relevance[f"q{number}"] = {f"d{learned}": 1.0}
    names = list(queries)
    return SplitDataset(
        data=PairDataset(queries, documents, relevance),
        train=tuple(names[:n_train]),
        validation=tuple(names[n_train : n_train + n_validation]),
        test=tuple(names[n_train + n_validation :]),
        kind=SplitKind.NEW_QUESTIONS,
        seed=seed,
        known_items=frozenset(names[n_train + n_validation :]),
        receipt={"kind": "new_questions", "n_train": n_train, "n_validation": n_validation, "n_test": n_test},
    )
