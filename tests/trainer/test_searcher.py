from pathlib import Path

import numpy as np
import pytest

from trainer.encoders.catalogue import resolve_base_model
from trainer.encoders.text import TextEncoder
from trainer.errors import ModelError
from trainer.index import write_index
from trainer.searcher import Searcher

pytestmark = pytest.mark.model

TEXTS = ["Bakeries", "Repair of motor vehicles", "Growing of citrus fruits", "Software publishing"]


@pytest.fixture(scope="module")
def base() -> Path:
    return resolve_base_model("minilm-l6")


@pytest.fixture(scope="module")
def vectors(base: Path) -> np.ndarray:
    return TextEncoder.load(base, device="cpu").encode(TEXTS)


@pytest.fixture(scope="module")
def searcher(base: Path, vectors: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    folder = tmp_path_factory.mktemp("index") / "index"
    # The tuned model's vectors are told from the base's by their order of documents.
    write_index(folder, ["d0", "d1", "d2", "d3"], TEXTS, vectors, vectors[::-1])
    return Searcher.load(base, "minilm-l6", folder)


def test_both_models_answer_each_from_its_own_vectors(searcher: Searcher) -> None:
    found = searcher.search("car garage", k=2)
    assert found["before"][0][:2] == ["d1", "Repair of motor vehicles"]
    assert found["after"][0][:2] == ["d2", "Growing of citrus fruits"]
    assert len(found["before"]) == 2 and found["before"][0][2] >= found["before"][1][2]
    assert type(found["before"][0][2]) is float


def test_scores_are_the_cosine(searcher: Searcher, base: Path, vectors: np.ndarray) -> None:
    query = TextEncoder.load(base, device="cpu").encode(["oranges"])[0]
    found = {row[0]: row[2] for row in searcher.search("oranges")["before"]}
    assert found == pytest.approx({f"d{place}": float(query @ row) for place, row in enumerate(vectors)}, abs=1e-5)


def test_any_text_is_answered(searcher: Searcher) -> None:
    for text in ("", " ", "\udc80", "x" * 100_000, "東京 \x00"):
        assert len(searcher.search(text)["after"]) == len(TEXTS)


def test_an_index_of_another_model_is_refused(base: Path, tmp_path: Path) -> None:
    short = np.eye(1, 5, dtype=np.float32)
    write_index(tmp_path / "index", ["d"], ["text"], short, short)
    with pytest.raises(ModelError, match="has 5 numbers a text, the model 384"):
        Searcher.load(base, "minilm-l6", tmp_path / "index")


def test_a_missing_index_is_explained(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="search index in “gone” is missing"):
        Searcher.load(base, "minilm-l6", tmp_path / "gone")
