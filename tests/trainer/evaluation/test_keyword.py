import logging
import math

import pytest

from trainer.evaluation.keyword import keyword_rankings, tokenise


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Hello, WORLD! foo_bar 12.5", ["hello", "world", "foo", "bar", "12", "5"]),
        ("ﬁne Straße CAFÉ cafe\u0301", ["fine", "strasse", "café", "café"]),
        ("हिन्दी में।", ["हिन्दी", "में"]),
        ("東京都 AB型", ["東京", "京都", "ab", "型"]),
        ("ไทย", ["ไท", "ทย"]),
        ("שָׁלוֹם", ["שָׁלוֹם"]),
        ("… — !", []),
    ],
)
def test_words_of_many_scripts(text: str, tokens: list[str]) -> None:
    assert tokenise(text) == tokens


def test_its_library_tells_people_nothing_of_its_steps(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    keyword_rankings({"q": "blue"}, {"d": "blue", "e": "red"})
    assert not [record for record in caplog.records if record.name.startswith("bm25s")]


def slow_bm25(query: str, documents: dict[str, str]) -> dict[str, float]:
    """Lucene's variant, written out: idf · tf / (tf + k1 · (1 − b + b · length / mean length))."""
    words = {document_id: tokenise(text) for document_id, text in documents.items()}
    mean = sum(map(len, words.values())) / len(words)
    scores = {}
    for document_id, found in words.items():
        total = 0.0
        for term in tokenise(query):
            n = sum(term in other for other in words.values())
            idf = math.log(1 + (len(words) - n + 0.5) / (n + 0.5))
            tf = found.count(term)
            total += idf * tf / (tf + 1.5 * (1 - 0.75 + 0.75 * len(found) / mean))
        scores[document_id] = total
    return {document_id: score for document_id, score in scores.items() if score > 0}


DOCUMENTS = {
    "cat": "The cat sat on the mat",
    "dog": "A dog and a cat, and another cat",
    "bird": "bird",
    "mat": "mat",
    "also mat": "Mat!",
    "blank": "",
}


def test_scores_follow_the_formula() -> None:
    found = keyword_rankings({"q": "cat on a mat, cat"}, DOCUMENTS)["q"]
    assert dict(found) == pytest.approx(slow_bm25("cat on a mat, cat", DOCUMENTS), rel=1e-5)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_ties_keep_document_order_and_k_cuts() -> None:
    assert [document_id for document_id, _ in keyword_rankings({"q": "mat"}, DOCUMENTS, k=2)["q"]] == [
        "mat",
        "also mat",
    ]


def test_a_question_that_shares_no_word_has_an_empty_ranking() -> None:
    assert keyword_rankings({"q": "fish", "empty": ""}, DOCUMENTS) == {"q": [], "empty": []}
    assert keyword_rankings({"q": "fish"}, {"d": "…"}) == {"q": []}
