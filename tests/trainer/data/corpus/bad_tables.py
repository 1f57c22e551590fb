"""Rows and contents that cannot be used: left out by number and with a reason, or the file refused in words."""

from collections.abc import Iterator

from tests.trainer.data.corpus.bad_texts import with_line
from tests.trainer.data.corpus.cases import Case, refused, spared
from tests.trainer.data.files import csv_pairs

WORDS = (
    *("amber", "birch", "cedar", "dune", "ember", "fjord", "grove", "heath", "islet", "jetty", "kiosk", "lagoon"),
    *("meadow", "nook", "orchard", "pier", "quarry"),
)


def table(headings: str, *rows: str) -> bytes:
    """A CSV."""
    return "\n".join([headings, *rows, ""]).encode()


def questions(count: int, item: str = "item {0}") -> list[str]:
    """Rows with quite different questions; {0} of `item` counts from 0 to 6 and again."""
    return [
        f"where is the {WORDS[i % 17]} of {WORDS[(i * 5 + i // 17) % 17]} {WORDS[(i * 11 + 3) % 17]} {i * 7919},"
        f"{item.format(i % 7)}"
        for i in range(count)
    ]


def _rows() -> Iterator[Case]:
    for word, line, reason in (
        ("unclosed quotation mark", '"why is this,answer', "not closed properly"),
        ("stray quotation mark", '"the 5" pipe",answer', "not closed properly"),
        ("text after a quotation mark", '"the pipe" leaks,answer', "not closed properly"),
        ("one cell", "a question alone", "1 cell where"),
        ("three cells", "this, that,answer", "3 cells where"),
        ("thirty cells", ",".join(["x"] * 30), "30 cells where"),
        ("a long cell", "why " * 600 + ",answer", "2,400 characters"),
        ("NUL in the answer", "a,b\0", "NUL"),
        ("no question", ",answer", "has no question"),
        ("a question of blanks", "  ,answer", "has no question"),
        (
            "a question of invisible letters",
            "\u200b\ufeff,answer",
            "has no question",
        ),
        ("no answer", "a question,", "no matching item"),
        ("an answer of no-break blanks", "a question,\u00a0", "no matching item"),
    ):  # fmt: skip
        yield spared(f"row with {word}", "csv", with_line(line), {4: reason}, n_rows=25)
    for word, score in {
        "no score": "",
        "a word": "often",
        "nan": "nan",
        "infinity": "inf",
        "two numbers": "1 of 3",
    }.items():
        rows = [f"{row},{1 - i % 2 / 4}" for i, row in enumerate(questions(25))]
        content = table("query,document,score", *rows[:2], f"which one,item 1,{score}", *rows[2:])
        yield spared(f"score that is {word}", "csv", content, {4: "no number as its score"}, n_rows=25)
    scored = [f"{row},1" for row in questions(25)]
    content = table("query,document,score", *scored, "lonely one,item 1,0")
    yield spared("a question with wrong items alone", "csv", content, {27: "no row gives a right item"}, n_rows=25)
    content = table("query,document,score", *scored, scored[0][:-1] + "0")
    yield spared("a pair both right and wrong", "csv", content, {2: "contradicted", 27: "contradicted"}, n_rows=24)
    content = table("query,positive,negative", *(f"{row},wrong {i}" for i, row in enumerate(questions(25))), "a,b,b")
    yield spared("an item right and wrong in one row", "csv", content, {27: "contradicted"}, n_rows=25)
    two = csv_pairs(25) + b'"open,one\nstill,here\n"and",open"'
    yield spared("two open quotation marks", "csv", two, {27: "not closed"}, n_rows=27)
    yield spared("a last line cut off", "csv", csv_pairs(25) + b"how do I", {27: "1 cell where"}, n_rows=25)
    yield spared("a quoted last line cut off", "csv", csv_pairs(25) + b'"how do I', {27: "not closed"}, n_rows=25)


def _contents() -> Iterator[Case]:
    yield refused("one pair", "csv", b"question,answer\nhow,so\n", "same item", "other items")
    yield refused("one question twice", "csv", b"question,answer\nhow,so\nhow,so too\n", "only 1", "Add more examples")
    yield refused("nineteen questions", "csv", table("query,document", *questions(19)), "only 19", "Add more examples")
    yield refused("one label", "csv", table("text,label", *questions(40, "same")), "same item", "other items")
    alike = [f"the very same question{'!' * i},item {i % 7}" for i in range(30)]
    yield refused(
        "one question in many forms", "csv", table("query,document", *alike), "near-identical", "Add more examples"
    )
    yield refused(
        "questions alone",
        "csv",
        table("query", *(row.partition(",")[0] for row in questions(30))),
        "read as one column",
        "a column each",
    )
    yield refused(
        "numbers alone", "csv", table("a,b", *(f"{i},{i * 2}" for i in range(30))), "No column holds", "Choose"
    )
    yield refused(
        "no usable row",
        "csv",
        table("question,answer", *(f"{i} how,\u200b" for i in range(30))),
        "No row",
        "Check which",
    )
    wrong = [f"{row},0" for row in questions(30)]
    yield refused("all wrong", "csv", table("query,document,score", *wrong), "No row", "Check which column")
    yield refused("every row ragged", "csv", b"a,b\n" + b"x\n" * 30, "read as one column", "a column each")


SPLIT = "query,document,split"


def _splits() -> Iterator[Case]:
    learn, judge = [f"{row},train" for row in questions(30)[:24]], [f"{row},test" for row in questions(30)[24:]]
    yield spared(
        "split with an unknown word",
        "csv",
        table(SPLIT, *learn, *judge, "which one,item 1,maybe"),
        {32: "maybe"},
        n_rows=30,
    )
    yield spared(
        "split left blank", "csv", table(SPLIT, *learn, *judge, "which one,item 1,"), {32: "says nothing"}, n_rows=30
    )
    leak = learn[0].replace("train", "test")
    yield spared(
        "split that leaks a question", "csv", table(SPLIT, *learn, *judge, leak), {2: "nearly the same"}, n_rows=30
    )
    near = learn[3].upper().replace("TRAIN", "test")
    yield spared(
        "split that leaks a question in capitals",
        "csv",
        table(SPLIT, *learn, *judge, near),
        {5: "nearly the same"},
        n_rows=30,
    )
    held = learn[1].replace("train", "validation")
    yield spared(
        "split that leaks to choosing", "csv", table(SPLIT, *learn, *judge, held), {3: "nearly the same"}, n_rows=30
    )
    yield refused("split with few to judge", "csv", table(SPLIT, *learn, *judge[:3]), "only 3", "test questions")


def cases() -> Iterator[Case]:
    """All of this file."""
    yield from _rows()
    yield from _contents()
    yield from _splits()
