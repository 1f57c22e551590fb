from trainer.evaluation.confusion import MOST, document_confusion, label_confusion
from trainer.evaluation.ranking import Rankings

QUERIES = {"q1": "jeans", "q2": "jeans", "q3": "slacks", "q4": "coat"}
DOCUMENTS = {"d1": "jeans", "d2": "slacks", "d3": "coat", "d4": "hat"}


def first(**found: str) -> Rankings:
    return {query_id: [(document_id, 1.0), ("d1", 0.5)] for query_id, document_id in found.items()}


def test_counts_the_labels_of_first_results() -> None:
    before, after = first(q1="d2", q2="d2", q3="d2", q4="d4"), first(q1="d1", q2="d2", q3="d2", q4="d3")
    found = label_confusion(before, after, QUERIES, DOCUMENTS)
    assert found is not None
    assert (found["labels"], found["n"], found["n_labels"]) == (["jeans", "slacks", "coat"], [2, 1, 1], 3)
    assert found["before"] == [
        [0, 2, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 0, 1],
    ]  # the last column: hats, which nobody asked for
    assert found["after"] == [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
    assert found["right"] == {"before": 1, "after": 3}


def test_a_query_without_results_found_another() -> None:
    found = label_confusion({}, {"q1": []}, QUERIES, DOCUMENTS)
    assert found is not None
    assert found["after"][0] == [0, 0, 0, 2]
    assert found["right"] == {"before": 0, "after": 0}


def test_of_many_labels_those_with_the_most_mistakes_are_told() -> None:
    queries = {f"q{n}": f"label{n % 40}" for n in range(200)}
    documents = {f"d{n}": f"label{n}" for n in range(40)}
    right = {name: [(f"d{int(name[1:]) % 40}", 1.0)] for name in queries}
    wrong = {**right, "q37": [("d39", 1.0)], "q77": [("d39", 1.0)]}
    found = label_confusion(wrong, right, queries, documents)
    assert found is not None
    assert (len(found["labels"]), found["n_labels"]) == (MOST, 40)
    assert {"label37", "label39"} <= set(found["labels"])
    row = found["labels"].index("label37")
    assert found["before"][row][found["labels"].index("label39")] == 2
    assert all(sum(line) == 5 for table in (found["before"], found["after"]) for line in table)
    assert found["right"] == {"before": 198, "after": 200}


def test_documents_that_many_questions_share_are_labels() -> None:
    texts = {"a": "Bakeries", "b": "Forestry " * 20}
    relevance = {f"q{n}": {"a" if n % 2 else "b": 1.0} for n in range(12)}
    rankings = {query_id: [("a", 1.0)] for query_id in relevance}
    found = document_confusion(rankings, rankings, relevance, texts)
    assert found is not None and found["kind"] == "documents"
    assert found["labels"][1] == "Bakeries" and len(found["labels"][0]) == 80
    assert found["after"] == [[0, 6, 0], [0, 6, 0]]


def test_documents_that_are_no_labels() -> None:
    texts = {f"d{n}": f"text {n}" for n in range(12)}
    alone = {f"q{n}": {f"d{n}": 1.0} for n in range(12)}
    several = {f"q{n}": {"d0": 1.0, "d1": 1.0} for n in range(12)}
    one = {f"q{n}": {"d0": 1.0} for n in range(12)}
    for relevance in (alone, several, one):
        assert document_confusion({}, {}, relevance, texts) is None
