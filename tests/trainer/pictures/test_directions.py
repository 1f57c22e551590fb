"""Embeddings of fewer numbers, beside an independent principal component analysis."""

import numpy as np
from sklearn.decomposition import TruncatedSVD

from trainer.pictures.directions import main_directions, projected


def some() -> np.ndarray:
    random = np.random.default_rng(0)
    found = random.normal(size=(60, 4)) @ random.normal(size=(4, 12)) + 0.1 * random.normal(size=(60, 12))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def test_the_directions_are_those_of_a_truncated_svd() -> None:
    own = main_directions(some(), 4).numpy()
    other = TruncatedSVD(4, algorithm="arpack").fit(some()).components_.T
    np.testing.assert_allclose(own.T @ own, np.eye(4), atol=1e-5)
    np.testing.assert_allclose(np.abs(own.T @ other), np.eye(4), atol=1e-3)


def test_what_is_projected_keeps_its_likeness_and_has_length_one() -> None:
    embeddings = some()
    short = projected(embeddings, main_directions(embeddings, 4))
    assert short.shape == (60, 4)
    np.testing.assert_allclose(np.linalg.norm(short, axis=1), 1, atol=1e-5)
    assert np.abs(short @ short.T - embeddings @ embeddings.T).max() < 0.2
    every = projected(embeddings, main_directions(embeddings, 12))
    np.testing.assert_allclose(every @ every.T, embeddings @ embeddings.T, atol=1e-5)
