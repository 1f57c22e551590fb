"""Embedding a catalogue that somebody brings, and searching in it with a run's models."""

from pathlib import Path

import numpy as np
import pytest

from tests.flows.conftest import tiny_model  # noqa: F401  fixture
from trainer.catalogue import embed_catalogue
from trainer.config import Task
from trainer.data.items import Items
from trainer.encoders.base import Side
from trainer.encoders.text import TextEncoder
from trainer.errors import Cancelled, ModelError
from trainer.index import SearchIndex, read_index
from trainer.searcher import Searcher

TEXTS = ["babo cedi", "dufa gilo", "hame kipu"]


def test_both_models_embed_it_and_search_in_it(tiny_model: Path, tmp_path: Path) -> None:  # noqa: F811
    shares: list[float] = []
    embed_catalogue(
        Items(TEXTS),
        model_folder=tiny_model,
        base_model=str(tiny_model),
        task=Task.TEXT_TEXT,
        pictures=None,
        output=tmp_path / "index",
        allow_hub=False,
        on_share=shares.append,
    )
    index = read_index(tmp_path / "index")
    encoder = TextEncoder.load(tiny_model)
    assert index.texts == TEXTS
    np.testing.assert_allclose(index.before, encoder.encode(TEXTS, side=Side.DOCUMENT), atol=1e-5)
    np.testing.assert_allclose(index.before, index.after, atol=1e-6)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    own = SearchIndex(["d1"], ["other"], encoder.encode(["other"]), encoder.encode(["other"]))
    over = Searcher(encoder, encoder, own).over(index)
    assert over.search("dufa gilo", 1)["after"][0][:2] == ["d2", "dufa gilo"]


def test_it_stops_when_asked_and_leaves_nothing(tiny_model: Path, tmp_path: Path) -> None:  # noqa: F811
    def stop(share: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        embed_catalogue(
            Items(TEXTS),
            model_folder=tiny_model,
            base_model=str(tiny_model),
            task="text-text",
            pictures=None,
            output=tmp_path / "index",
            allow_hub=False,
            on_share=stop,
        )
    assert not (tmp_path / "index").exists()


def test_embeddings_of_other_models_are_refused(tiny_model: Path) -> None:  # noqa: F811
    encoder = TextEncoder.load(tiny_model)
    size = encoder.embedding_size
    wrong = SearchIndex(["d1"], ["a"], np.zeros((1, size + 1), np.float32), np.zeros((1, size + 1), np.float32))
    right = SearchIndex(["d1"], ["a"], np.zeros((1, size), np.float32), np.zeros((1, size), np.float32))
    with pytest.raises(ModelError, match="numbers a text"):
        Searcher(encoder, encoder, right).over(wrong)
