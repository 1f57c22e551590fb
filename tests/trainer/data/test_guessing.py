"""The guessed roles of usual tables, in several languages and without headings."""

from collections.abc import Sequence

import pytest

from trainer.data.guessing import guess_roles
from trainer.data.roles import Purpose, Role, check_roles
from trainer.data.table import Table
from trainer.errors import DataError

TEXTS = [
    "how do I pay my bill",
    "where is the parcel now",
    "why is it so late",
    "can I have a refund",
    "is it open today",
]
ITEMS = ["Billing", "Delivery", "Delivery", "Billing", "Opening hours"]


def table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], has_header: bool = True) -> Table:
    return Table("t.csv", columns, list(rows), list(range(2, len(rows) + 2)), [], [], has_header)


def short(guesses: dict[str, Role]) -> str:
    return " ".join(role.value[0] for role in guesses.values())


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        ("query document", "q d"),
        ("question answer", "q d"),
        ("anchor positive negative", "q d n"),
        ("anchor positive negative_1 negative_2", "q d n n"),
        ("text1 text2 score", "q d s"),
        ("sentence1 sentence2 label", "q d s"),
        ("text label", "q l"),
        ("title description", "q d"),
        ("Question Title", "q d"),
        ("id question answer category", "i q d s"),  # the last s: segment
        ("Frage Antwort", "q d"),
        ("Suchbegriff Artikel Bewertung", "q d s"),
        ("Betreff Kategorie", "q l"),
        ("Requête Réponse", "q d"),
        ("Pregunta Respuesta Puntuación", "q d s"),
        ("answer question", "d q"),
        ("Vorgang Ablage", "q d"),
    ],
)
def test_headings(headings: str, expected: str) -> None:
    columns = tuple(headings.split())
    numeric = {"score", "Bewertung", "Puntuación", "id"} | ({"label"} if "sentence1" in columns else set())
    rows = [
        tuple(
            str(i % 3) if name in numeric else (TEXTS[i] if k == 0 or name == "id" else f"{ITEMS[i]} {k}")
            for k, name in enumerate(columns)
        )
        for i in range(5)
    ]
    guesses = guess_roles(table(columns, rows))
    assert short({name: guess.role for name, guess in guesses.items()}) == expected
    assert all(guess.reason.endswith(".") and 0 < guess.confidence <= 1 for guess in guesses.values())
    check_roles(columns, {name: guess.role for name, guess in guesses.items()}, Purpose.EXAMPLES)


def test_without_headings_the_column_that_varies_more_is_the_question() -> None:
    rows = [(str(i), ITEMS[i], TEXTS[i]) for i in range(5)]
    guesses = guess_roles(table(("Column A", "Column B", "Column C"), rows, has_header=False))
    assert [guess.role for guess in guesses.values()] == [Role.IGNORE, Role.DOCUMENT, Role.QUERY]


def test_few_different_short_texts_are_labels() -> None:
    rows = [(f"complaint number {i} about something", ITEMS[i % 5]) for i in range(60)]
    guesses = guess_roles(table(("Column A", "Column B"), rows, has_header=False))
    assert [guess.role for guess in guesses.values()] == [Role.QUERY, Role.LABEL]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("iata:code, name:asked, city:found, state:few", "i q d i"),  # no codes where other columns have words
        ("Nr:code, remark:sparse, Vorgang:asked, Ablage:found", "i i q d"),  # nor a column that is mostly empty
        ("Vorgang:asked, HS:code, land:few", "q d i"),  # but codes rather than a group
        ("SimaPro category:few, SimaPro:asked, Ecoinvent 3:alike", "s q d"),  # the same in other words: no label
        ("Question:asked, Right answer 1:found, Right answer 2:found, Product line:few", "q d d i"),
        ("Question:asked, Answer:found, New product:sparse", "q d i"),
        ("Ticket category:few, Ticket:asked, Notes:found", "l q i"),
    ],
)
def test_of_many_columns_those_with_words_are_asked_and_found(columns: str, expected: str) -> None:
    names, kinds = zip(*(column.split(":") for column in columns.split(", ")), strict=True)
    cells = {
        "code": lambda i: f"0{i}M" if i % 2 else f"A{'BCDE'[i // 2 % 4]}E",
        "few": lambda i: "ABC"[i % 3] * 2,
        "asked": lambda i: f"{TEXTS[i % 5]} {i}",
        "found": lambda i: f"place number {'xyz'[i % 3] * (i // 2 + 1)}",
        "alike": lambda i: TEXTS[i % 5].title() + " today" * (i // 2),
        "sparse": lambda i: f"seen {i}" if i % 5 == 0 else "",
    }
    rows = [tuple(cells[kind](i) for kind in kinds) for i in range(60)]
    assert short({name: guess.role for name, guess in guess_roles(table(names, rows)).items()}) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [(("id", "title", "price"), "title"), (("query", "document"), "document"), (("nr", "Bezeichnung"), "Bezeichnung")],
)
def test_a_catalogue_has_one_item_column(columns: tuple[str, ...], expected: str) -> None:
    rows = [
        tuple(str(i) if name in ("id", "price", "nr") else f"{name} {TEXTS[i]}" for name in columns) for i in range(5)
    ]
    guesses = guess_roles(table(columns, rows), Purpose.CATALOGUE)
    assert [name for name, guess in guesses.items() if guess.role is Role.DOCUMENT] == [expected]
    assert all(guess.role in (Role.DOCUMENT, Role.IGNORE) for guess in guesses.values())


@pytest.mark.parametrize(
    ("roles", "purpose", "message"),
    [
        ({"a": Role.DOCUMENT}, Purpose.EXAMPLES, "No column holds the question"),
        ({"a": Role.QUERY}, Purpose.QUESTIONS, "matching item.*Choose “Item that matches” or “Label” for one"),
        (
            {"a": Role.QUERY, "b": Role.DOCUMENT, "c": Role.LABEL},
            Purpose.EXAMPLES,
            "Both “Item that matches” and “Label” are",
        ),
        ({"a": Role.QUERY, "b": Role.QUERY, "c": Role.LABEL}, Purpose.EXAMPLES, "2 columns are chosen as “Question”"),
        ({"a": Role.DOCUMENT, "b": Role.DOCUMENT}, Purpose.CATALOGUE, "2 columns hold the item"),
        ({"x": Role.QUERY}, Purpose.EXAMPLES, "no column “x”.*a, b, c"),
    ],
)
def test_roles_that_do_not_suffice(roles: dict[str, Role], purpose: Purpose, message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_roles(("a", "b", "c"), roles, purpose)


def test_one_column_is_told_to_be_one() -> None:
    with pytest.raises(DataError, match=r"read as one column.*a tab or a semicolon"):
        check_roles(("a",), {"a": Role.DOCUMENT}, Purpose.EXAMPLES)
