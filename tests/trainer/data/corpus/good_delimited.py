"""Delimiters, line ends, quotation marks and blank places."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Literal

from tests.trainer.data.corpus.cases import HEADINGS, PAIRS, Case, Rows, good

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
SIMPLE: Rows = (("a", "b"), ("c", "d"))


def written(rows: Rows = PAIRS, *, headings: tuple[str, ...] = HEADINGS, end: str = "\n", **options: Any) -> str:
    """A delimited text with headings."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end, **options).writerows([headings, *rows])
    return file.getvalue()


def _crossed() -> Iterator[Case]:
    for word, delimiter in DELIMITERS.items():
        for end_word, end in ENDS.items():
            content = written(delimiter=delimiter, end=end).encode()
            yield good(f"{word} {end_word}", "csv", content)
        yield good(f"{word} all quoted", "txt", written(delimiter=delimiter, quoting=csv.QUOTE_ALL).encode())
        yield good(f"{word} sep line", "csv", f"sep={delimiter}\r\n{written(delimiter=delimiter)}".encode())
        yield good(f"{word} no final line end", "csv", written(delimiter=delimiter).rstrip("\n").encode())
        numbers = [(f"q{i}", f"a {i % 3}", f"{i / 10:.1f}".replace(".", ",")) for i in range(8)]
        text = written(numbers, headings=("query", "document", "score"), delimiter=delimiter)
        columns = ("query", "document", "score")
        roles: dict[str, str] = {"query": "query", "document": "document", "score": "score"}
        yield good(f"{word} decimal commas", "csv", text.encode(), numbers, columns=columns, roles=roles)


def _plain(kind: str, text: str, rows: Rows = SIMPLE, ending: str = "csv", **more: Any) -> Case:
    return good(kind, ending, text.encode(), rows, **more)


def _blanks() -> Iterator[Case]:
    yield _plain("blank lines between", "question,answer\n\na,b\n\n\nc,d\n\n")
    yield _plain("lines of blanks", "question,answer\n   \na,b\n\t\nc,d\n")
    yield _plain("lines of commas", "question,answer\n,\na,b\n,,,\nc,d\n,\n")
    yield _plain("blank line first", "\n\nquestion,answer\na,b\nc,d\n")
    yield _plain("blanks after delimiters", "question, answer\na, b\nc,  d\n")
    yield _plain("blanks after delimiters, quoted", 'question, answer\n"a", "b"\n"c", "d"\n')
    yield _plain("trailing delimiters", "question,answer,\na,b,\nc,d,\n")
    yield _plain("many trailing delimiters", "question,answer,,,,\na,b,,,,\nc,d,,,,\n")
    yield _plain("trailing delimiters in rows alone", "question,answer\na,b,,\nc,d,\n")
    yield _plain("blank column first", ",question,answer\n,a,b\n,c,d\n")
    yield _plain("blank column between", "question;;answer\na;;b\nc;;d\n")
    yield _plain("mixed line ends", "question,answer\r\na,b\nc,d\r")
    yield _plain("two line ends each", "question,answer\r\n\r\na,b\r\n\r\nc,d\r\n")


def _quotes() -> Iterator[Case]:
    yield _plain("quoted line breaks", 'question,answer\n"a\nb",c\nd,"e\r\nf"\n', (("a\nb", "c"), ("d", "e\nf")))
    yield _plain("doubled quotes", 'question,answer\n"say ""a""",b\n"""",d\n', (('say "a"', "b"), ('"', "d")))
    yield _plain(
        "quotes inside a bare cell", 'question,answer\n5" pipe,b\nc,9" nail\n', (('5" pipe', "b"), ("c", '9" nail'))
    )
    yield _plain(
        "empty quoted cells",
        'question,answer,note\n"a","b",""\n"c","d",""\n',
        (("a", "b", ""), ("c", "d", "")),
        columns=("question", "answer", "note"),
    )
    yield _plain("apostrophes", "question,answer\n'a',b\nc's,'d\n", (("'a'", "b"), ("c's", "'d")))
    yield _plain("typographic quotes", "question,answer\n“a”,„b“\n«c»,‹d›\n", (("“a”", "„b“"), ("«c»", "‹d›")))
    yield _plain(
        "a delimiter in the first heading",
        '"question, asked",answer\na,b\nc,d\n',
        columns=("question, asked", "answer"),
    )
    yield _plain(
        "a line break in a heading", '"question\nasked",answer\na,b\nc,d\n', columns=("question asked", "answer")
    )
    yield _plain(
        "commas in texts, semicolons between",
        "question;answer\na, b, c;d, e\nf, g, h;i\n",
        (("a, b, c", "d, e"), ("f, g, h", "i")),
    )
    yield _plain(
        "semicolons in texts, tabs between",
        "question\tanswer\na; b\tc; d\ne; f\tg\n",
        (("a; b", "c; d"), ("e; f", "g")),
        "tsv",
    )
    yield _plain(
        "bars in texts, commas between", "question,answer\na | b,c\nd | e,f\n", (("a | b", "c"), ("d | e", "f"))
    )


def _endings() -> Iterator[Case]:
    """What the file is called does not matter."""
    for ending in ("CSV", "txt", "tsv", "tab", "dat", "asc", "xls", "export", "json.csv", "csv.txt"):
        delimiter = "\t" if ending in ("tsv", "tab", "xls") else ";"
        yield good(f"named {ending}", ending, written(delimiter=delimiter).encode())


QUOTING: dict[str, Literal[0, 1, 2, 3]] = {"minimal": csv.QUOTE_MINIMAL, "non-numeric": csv.QUOTE_NONNUMERIC}


def cases() -> Iterator[Case]:
    """All of this file."""
    yield from _crossed()
    yield from _blanks()
    yield from _quotes()
    yield from _endings()
    for word, quoting in QUOTING.items():
        yield good(f"{word} quotes", "csv", written(quoting=quoting).encode())
    yield good("one row", "csv", b"question,answer\na,b", [("a", "b")])
    yield good(
        "one column", "csv", b"document\nWhite bread\nRolls\n", [("White bread",), ("Rolls",)], columns=("document",)
    )
    wide = tuple(f"name {i}" for i in range(40))
    yield good(
        "as many columns as allowed",
        "csv",
        (",".join(wide) + "\n" + ",".join("x" * 40)).encode(),
        [("x",) * 40],
        columns=wide,
        has_header=True,
    )
    many = [(f"question no {i}", f"answer no {i % 9}") for i in range(500)]
    yield good("as many rows as allowed", "csv", written(many).encode(), many)
    yield good(
        "a cell as long as allowed",
        "csv",
        f"question,answer\n{'x' * 2000},b\nc,d\n".encode(),
        [("x" * 2000, "b"), ("c", "d")],
    )
