import numpy as np
import pytest

from trainer.pictures.closed_form import ridge, towards_words


@pytest.mark.parametrize("rows", [5, 40])
def test_ridge_is_where_the_loss_has_no_slope(rows: int) -> None:
    random = np.random.default_rng(0)
    features, targets = random.normal(size=(rows, 12)), random.normal(size=(rows, 3))
    matrix = ridge(features, targets, 2.0)
    slope = features.T @ (features @ matrix - targets) + 2.0 * matrix
    np.testing.assert_allclose(slope, 0, atol=1e-9)


def test_nothing_goes_along_what_all_words_have_in_common() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(30, 8)).astype(np.float32)
    words = features @ random.normal(size=(8, 6)).astype(np.float32) + 5
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    matrix, common = towards_words(features, words, 0.1)
    np.testing.assert_allclose(common, words.mean(0) / np.linalg.norm(words.mean(0)), atol=1e-6)
    np.testing.assert_allclose(matrix @ common, 0, atol=1e-6)
    found = features @ matrix
    scores = words @ (found / np.linalg.norm(found, axis=1, keepdims=True)).T
    assert np.mean(scores.argmax(1) == np.arange(30)) > 0.5  # 0.03 by chance


def test_words_that_are_all_the_same_teach_nothing() -> None:
    features = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    matrix, _ = towards_words(features, np.tile(np.array([0.6, 0.8], np.float32), (4, 1)), 3.0)
    np.testing.assert_allclose(matrix, 0, atol=1e-2)
