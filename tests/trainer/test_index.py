import json
from pathlib import Path

import numpy as np
import pytest

from trainer import index
from trainer.errors import ModelError
from trainer.index import best_columns, read_index, top_k, write_index


def slow_top_k(queries: np.ndarray, documents: np.ndarray, k: int) -> list[list[int]]:
    """By definition: sort all documents by score, then by place."""
    rows = []
    for query in queries.tolist():
        scores = [sum(a * b for a, b in zip(query, document, strict=True)) for document in documents.tolist()]
        rows.append(sorted(range(len(scores)), key=lambda place: (-scores[place], place))[:k])
    return rows


@pytest.mark.parametrize("k", [1, 3, 10, 39, 40, 100])
def test_agrees_with_sorting_everything_with_many_ties_and_small_blocks(
    k: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "BLOCK_SCORES", 70)  # one or two queries a block
    source = np.random.default_rng(k)
    queries = source.integers(-1, 2, size=(25, 4)).astype(np.float32)
    documents = source.integers(-1, 2, size=(40, 4)).astype(np.float32)
    indices, scores = top_k(queries, documents, k)
    assert indices.tolist() == slow_top_k(queries, documents, k)
    assert indices.dtype == np.int64 and scores.dtype == np.float32
    assert scores.tolist() == np.take_along_axis(queries @ documents.T, indices, axis=1).tolist()


def test_equal_scores_keep_document_order_when_the_last_place_is_tied() -> None:
    assert best_columns(np.array([[0, 1, 1, 2, 1, 1]], dtype=np.float32), 3).tolist() == [[3, 1, 2]]


def test_an_empty_catalogue_and_no_queries_give_empty_results() -> None:
    assert top_k(np.zeros((2, 3), np.float32), np.zeros((0, 3), np.float32), 5)[0].shape == (2, 0)
    assert top_k(np.zeros((0, 3), np.float32), np.zeros((4, 3), np.float32), 2)[0].shape == (0, 2)


def test_numbers_that_are_none_are_refused() -> None:
    broken = np.array([[np.nan, 0]], dtype=np.float32)
    with pytest.raises(ModelError, match="not numbers"):
        top_k(broken, np.ones((3, 2), np.float32), 1)


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\) and documents \(4, 5\)"):
        top_k(np.zeros((2, 3), np.float32), np.zeros((4, 5), np.float32), 1)


def test_a_folder_round_trips_and_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "index"
    before, after = np.eye(2, 3, dtype=np.float32), np.eye(2, 4, dtype=np.float32)
    write_index(folder, ["x"], ["old"], before[:1], after[:1])
    write_index(folder, ["a", "b"], ["first\udc80", "zwei ✓"], before, after)
    found = read_index(folder)
    assert found.document_ids == ["a", "b"] and found.texts == ["first\udc80", "zwei ✓"]
    assert np.array_equal(found.before, before) and np.array_equal(found.after, after)
    assert [path.name for path in folder.parent.iterdir()] == ["index"]  # nothing temporary is left


def test_a_failed_write_keeps_the_old_folder(tmp_path: Path) -> None:
    one = np.ones((1, 2), np.float32)
    write_index(tmp_path / "index", ["x"], ["kept"], one, one)
    with pytest.raises(TypeError):
        write_index(tmp_path / "index", [{1}], ["new"], one, one)  # type: ignore[list-item]
    assert read_index(tmp_path / "index").texts == ["kept"]
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


@pytest.mark.parametrize("damage", ["absent", "text", "cut", "rows", "format"])
def test_a_damaged_folder_is_explained(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "index"
    one = np.ones((1, 2), np.float32)
    write_index(folder, ["x"], ["text"], one, one)
    contents = {"text": "no json", "rows": {"format": 1, "document_ids": ["x", "y"], "texts": ["a", "b"]}}
    contents["format"] = {"format": 2, "document_ids": ["x"], "texts": ["a"]}
    if damage == "absent":
        folder = tmp_path / "elsewhere"
    elif damage == "cut":
        (folder / "index.safetensors").write_bytes((folder / "index.safetensors").read_bytes()[:-1])
    else:
        content = contents[damage]
        (folder / "index.json").write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ModelError, match=r"missing or damaged.*Repeat the run"):
        read_index(folder)
