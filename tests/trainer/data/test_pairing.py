"""Rows become queries, documents and judgements; nothing is lost without a word."""

import pytest

from trainer.data.pairing import PairingResult, pair_tables
from trainer.data.roles import Role
from trainer.data.scores import read_score
from trainer.data.table import Table
from trainer.errors import DataError

LETTERS = {"q": Role.QUERY, "d": Role.DOCUMENT, "n": Role.NEGATIVE, "s": Role.SCORE, "l": Role.LABEL, "g": Role.SEGMENT}


def source(columns: str, *rows: tuple[str, ...], name: str = "t.csv") -> tuple[Table, dict[str, Role]]:
    names = tuple(f"{letter}{i}" for i, letter in enumerate(columns))
    table = Table(name, names, list(rows), list(range(2, len(rows) + 2)), [], [], True)
    return table, dict(zip(names, (LETTERS[letter] for letter in columns), strict=True))


def matches(result: PairingResult) -> set[tuple[str, str, float]]:
    data = result.dataset
    return {
        (data.queries[q], data.documents[d], gain) for q, gains in data.relevance.items() for d, gain in gains.items()
    }


def wrong(result: PairingResult) -> set[tuple[str, str]]:
    data = result.dataset
    return {(data.queries[q], data.documents[d]) for q, found in data.negatives.items() for d in found}


def test_equal_texts_are_one_and_keep_their_first_spelling() -> None:
    result = pair_tables(
        source("qd", ("Cafe\u0301  au lait", "Drink"), ("Café au lait ", "Hot\u200b drink"), ("tea", " Drink"))
    )
    assert list(result.dataset.queries.values()) == ["Cafe\u0301  au lait", "tea"]
    assert list(result.dataset.queries) == ["q1", "q2"]
    assert result.dataset.documents == {"d1": "Drink", "d2": "Hot\u200b drink"}
    assert result.dataset.relevance == {"q1": {"d1": 1.0, "d2": 1.0}, "q2": {"d1": 1.0}}


def test_negatives_and_segments() -> None:
    result = pair_tables(source("qdnng", ("a", "A", "B", "", "north"), ("b", "B", "", "C", "")))
    assert matches(result) == {("a", "A", 1.0), ("b", "B", 1.0)}
    assert wrong(result) == {("a", "B"), ("b", "C")}
    assert result.dataset.segments == {"q1": "north"}


def test_half_the_highest_score_is_a_match() -> None:
    result = pair_tables(source("qds", ("a", "A", "4"), ("a", "B", "2"), ("a", "C", "1.9"), ("b", "A", "3,0")))
    assert matches(result) == {("a", "A", 1.0), ("a", "B", 0.5), ("b", "A", 0.75)}
    assert wrong(result) == {("a", "C")}


def grades(result: PairingResult) -> dict[tuple[str, str], float]:
    data = result.dataset
    return {
        (data.queries[q], data.documents[d]): grade for q, found in data.grades.items() for d, grade in found.items()
    }


def test_scores_of_all_judged_pairs_are_kept_as_shares_of_the_highest() -> None:
    rows = (("a", "A", "4"), ("a", "B", "2"), ("a", "C", "1"), ("b", "A", "3"), ("b", "A", "4"), ("b", "C", "0"))
    result = pair_tables(source("qds", *rows))
    assert grades(result) == {("a", "A"): 1, ("a", "B"): 0.5, ("a", "C"): 0.25, ("b", "A"): 1, ("b", "C"): 0}


def test_scores_below_zero_keep_their_order() -> None:
    result = pair_tables(source("qds", ("a", "A", "1"), ("a", "B", "0"), ("a", "C", "-1"), ("a", "D", "-0.5")))
    assert grades(result) == {("a", "A"): 1, ("a", "B"): 0.5, ("a", "C"): 0, ("a", "D"): 0.25}
    assert matches(result) == {("a", "A", 1.0)}
    huge = pair_tables(source("qds", ("a", "A", "1.7e308"), ("a", "B", "0"), ("a", "C", "-1.7e308")))
    assert grades(huge) == {("a", "A"): 1, ("a", "B"): 0.5, ("a", "C"): 0}


def test_a_wrong_item_beside_a_score_has_the_lowest_grade_and_without_scores_there_are_no_grades() -> None:
    assert grades(pair_tables(source("qdns", ("a", "A", "B", "0.7")))) == {("a", "A"): 1, ("a", "B"): 0}
    assert pair_tables(source("qdn", ("a", "A", "B"))).dataset.grades == {}


def test_a_label_is_the_document() -> None:
    assert matches(pair_tables(source("ql", ("a", "X"), ("b", "X")))) == {("a", "X", 1.0), ("b", "X", 1.0)}


def test_contradictions_are_left_out_on_both_sides() -> None:
    result = pair_tables(source("qds", ("a", "A", "1"), ("b", "B", "1"), (" a", "A ", "0"), ("a", "B", "1")))
    assert matches(result) == {("b", "B", 1.0), ("a", "B", 1.0)}
    assert result.n_conflicts == 1
    assert sorted(row.place.row or 0 for row in result.rejected) == [2, 4]
    assert all("contradicted" in row.reason for row in result.rejected)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("", "A", "1"), "has no question"),
        (("a", " \u200b", "1"), "no matching item"),
        (("", "", "1"), "neither"),
        (("a", "A", "often"), "no number as its score"),
        (("a", "A", "nan"), "no number as its score"),
        (("lonely", "A", "0"), "no row gives a right item"),
    ],
)
def test_rows_without_use_are_rejected_with_their_place(row: tuple[str, ...], reason: str) -> None:
    result = pair_tables(source("qds", ("x", "X", "1"), row))
    assert matches(result) == {("x", "X", 1.0)}
    assert [rejected.place.row for rejected in result.rejected] == [3]
    assert reason in result.rejected[0].message
    assert result.rejected[0].message.startswith("t.csv, row 3")


def test_duplicates_are_counted_and_kept_once() -> None:
    result = pair_tables(source("qd", ("a", "A"), ("a", "A"), ("a ", "A"), ("b", "A")))
    assert matches(result) == {("a", "A", 1.0), ("b", "A", 1.0)}
    assert result.n_duplicates == 2
    assert result.duplicates[0].times == 3
    assert result.rejected == []


def test_own_questions_and_catalogue() -> None:
    result = pair_tables(
        source("qd", ("a", "A"), ("b", "B")),
        source("qd", ("a", "C"), name="test.csv"),
        source("d", ("A",), ("C",), ("D",), ("D ",), ("",), name="items.csv"),
    )
    assert result.questions == ("q3",)
    assert result.dataset.relevance["q3"] == {"d3": 1.0}, "the test file alone says what is right for its questions"
    assert list(result.dataset.documents.values()) == ["A", "B", "C", "D"]
    assert result.not_in_catalogue == ("d2",)
    assert result.rejected[0].message.startswith("items.csv, row 6")
    assert result.places["q3"].file == "test.csv"


def test_nothing_usable_is_an_error_that_names_the_file() -> None:
    with pytest.raises(DataError, match=r"t\.csv: No row.*row 2"):
        pair_tables(source("qd", ("a", ""), ("", "A")))
    with pytest.raises(DataError, match=r"t\.csv: The file was read as one column"):
        pair_tables(source("d", ("A",)))


@pytest.mark.parametrize(
    ("text", "score"),
    [("1", 1.0), ("0,75", 0.75), (" .5 ", 0.5), ("80 %", 0.8), ("Ja", 1.0), ("no", 0.0), ("-1", -1.0), ("1e-2", 0.01)],
)
def test_scores(text: str, score: float) -> None:
    assert read_score(text) == score


@pytest.mark.parametrize("text", ["", "inf", "1e999", "1.000,5", "one"])
def test_no_scores(text: str) -> None:
    assert read_score(text) is None
