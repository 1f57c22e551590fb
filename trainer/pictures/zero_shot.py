"""What the base model finds without any training, by the names of the labels alone: the least that training must beat.

A model of texts and pictures says how likely each label is for a picture (Radford et al. 2021, arXiv:2103.00020). Two
pictures match as surely as they have the same label: the sum over all labels of the product of both likelihoods.
"""

from collections.abc import Sequence

import numpy as np

from trainer.data.label_relevance import LabelRelevance
from trainer.data.pairs import SplitDataset
from trainer.encoders.base import OnShare
from trainer.encoders.clip import ClipEncoder

TEMPLATES = ("{}", "a photo of {}.", "a picture of {}.")
"""A label is where these lie on average: alone, its name is short for a model that learned from captions."""

MANY_LABELS = 300
"""Of more labels the names alone are read, so that it takes seconds on a CPU and no minutes."""


def label_names(split: SplitDataset) -> list[str]:
    """Every label that can be found, once; none where pairs say what matches."""
    relevance = split.data.relevance
    if not isinstance(relevance, LabelRelevance):
        return []
    return [label for label in dict.fromkeys(relevance.documents.values()) if label]


def label_embeddings(encoder: ClipEncoder, labels: Sequence[str], on_share: OnShare) -> np.ndarray:
    """(len(labels), d), each of length 1, by the text tower."""
    templates = TEMPLATES if len(labels) <= MANY_LABELS else TEMPLATES[:1]
    texts = [template.format(label.replace("_", " ")) for template in templates for label in labels]
    found = encoder.encode_texts(texts, on_share=on_share).reshape(len(templates), len(labels), -1).mean(0)
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def label_likelihoods(pictures: np.ndarray, labels: np.ndarray, scale: float) -> np.ndarray:
    """(n, labels), each row with the sum 1: the softmax of the inner products of pictures (n, d) and labels, times
    `scale`, which the model learned for them."""
    logits = scale * (pictures @ labels.T)
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(likely / likely.sum(axis=1, keepdims=True), dtype=np.float32)
