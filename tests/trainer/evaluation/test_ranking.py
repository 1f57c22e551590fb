import numpy as np
import pytest

from tests.trainer.evaluation.factory import KeywordEncoder
from trainer.evaluation.ranking import rank, without_itself

DOCUMENTS = {"a": "red apple", "b": "green apple", "c": "blue sky", "d": "red sky"}


def keyword_rank(queries: dict[str, str], k: int) -> dict[str, list[tuple[str, float]]]:
    encoder = KeywordEncoder("red green blue apple sky")
    return rank(
        encoder.encode(list(queries.values())),
        encoder.encode(list(DOCUMENTS.values())),
        list(queries),
        list(DOCUMENTS),
        k=k,
    )


def test_more_shared_words_rank_higher_and_ties_keep_document_order() -> None:
    assert keyword_rank({"q": "the red sky", "other": "apple"}, k=3) == {
        "q": [("d", 2.0), ("a", 1.0), ("c", 1.0)],
        "other": [("a", 1.0), ("b", 1.0), ("c", 0.0)],
    }


def test_scores_and_ids_are_plain_types() -> None:
    ((document_id, score), *_) = keyword_rank({"q": "red"}, k=99)["q"]
    assert type(document_id) is str and type(score) is float
    assert len(keyword_rank({"q": "red"}, k=99)["q"]) == len(DOCUMENTS)


def test_every_embedding_needs_an_id() -> None:
    with pytest.raises(ValueError, match="exactly one id"):
        rank(np.ones((2, 3), np.float32), np.ones((1, 3), np.float32), ["q"], ["d"])


def test_the_picture_that_is_searched_with_is_not_among_its_own_results() -> None:
    rankings = {"q": [("own", 1.0), ("a", 0.5), ("b", 0.4)], "other": [("a", 0.9), ("own", 0.8), ("b", 0.1)]}
    assert without_itself(rankings, {"own": "q"}, 2) == {
        "q": [("a", 0.5), ("b", 0.4)],
        "other": [("a", 0.9), ("own", 0.8)],
    }
