"""JSON in the shapes that programs write."""

import json
from collections.abc import Iterator
from typing import Any

from tests.trainer.data.corpus.cases import HEADINGS, PAIRS, Case, good

OBJECTS = [dict(zip(HEADINGS, row, strict=True)) for row in PAIRS]
QUESTIONS, ANSWERS = zip(*PAIRS, strict=True)


def lines(objects: list[Any], **options: Any) -> bytes:
    """JSON Lines."""
    return "\n".join(json.dumps(item, **options) for item in objects).encode()


def dumped(value: Any, **options: Any) -> bytes:
    """JSON."""
    return json.dumps(value, **options).encode()


def _lines() -> Iterator[Case]:
    yield good("lines", "jsonl", lines(OBJECTS))
    yield good("lines unescaped", "jsonl", lines(OBJECTS, ensure_ascii=False))
    yield good("lines with a mark", "jsonl", b"\xef\xbb\xbf" + lines(OBJECTS))
    yield good("lines in UTF-16", "jsonl", lines(OBJECTS).decode().encode("utf-16"))
    yield good("lines ending CR LF", "jsonl", lines(OBJECTS).replace(b"\n", b"\r\n"))
    yield good("lines with blank ones", "jsonl", b"\n\n" + lines(OBJECTS).replace(b"\n", b"\n\n") + b"\n\n")
    yield good("lines called ndjson", "ndjson", lines(OBJECTS))
    yield good("lines called json", "json", lines(OBJECTS))
    yield good("lines called txt", "txt", lines(OBJECTS))
    yield good("one line", "jsonl", lines(OBJECTS[:1]), PAIRS[:1])
    turned = [dict(reversed(item.items())) for item in OBJECTS[1:]]
    yield good("fields in another order", "jsonl", lines([OBJECTS[0], *turned]))
    yield good(
        "a field that comes later",
        "jsonl",
        lines([OBJECTS[0], {**OBJECTS[1], "note": "x"}]),
        [(*PAIRS[0], ""), (*PAIRS[1], "x")],
        columns=(*HEADINGS, "note"),
    )
    yield good(
        "null is blank",
        "jsonl",
        lines([{**OBJECTS[0], "note": None}, {**OBJECTS[1], "note": "x"}]),
        [(*PAIRS[0], ""), (*PAIRS[1], "x")],
        columns=(*HEADINGS, "note"),
    )
    yield good(
        "numbers and truth",
        "jsonl",
        b'{"query": 5, "document": 1.50, "score": true}\n{"query": "a", "document": 1e3, "score": false}',
        [("5", "1.50", "true"), ("a", "1e3", "false")],
        columns=("query", "document", "score"),
    )
    yield good("a comma after each line", "jsonl", lines(OBJECTS).replace(b"}\n", b"},\n"))


def _lists() -> Iterator[Case]:
    yield good("list", "json", dumped(OBJECTS))
    yield good("list, indented", "json", dumped(OBJECTS, indent=2))
    yield good("list, tabs and CR LF", "json", dumped(OBJECTS, indent="\t").replace(b"\n", b"\r\n"))
    yield good("list with a mark", "json", b"\xef\xbb\xbf" + dumped(OBJECTS))
    yield good("list in UTF-16", "json", dumped(OBJECTS, indent=1).decode().encode("utf-16"))
    yield good("list called jsonl", "jsonl", dumped(OBJECTS))
    yield good("list called txt", "txt", dumped(OBJECTS))
    yield good("list after blank lines", "json", b"\n\n  " + dumped(OBJECTS) + b"\n\n")
    yield good("list of lists", "json", dumped([HEADINGS, *PAIRS]))
    yield good(
        "list of lists without headings",
        "json",
        dumped([("how do I pay?", "Bills"), ("why so late?", "Delivery")]),
        [("how do I pay?", "Bills"), ("why so late?", "Delivery")],
        columns=("Column A", "Column B"),
    )


def _wrapped() -> Iterator[Case]:
    for key in ("data", "rows", "items"):
        yield good(f"list within {key}", "json", dumped({"version": 2, key: OBJECTS}))
    yield good(
        "list deep within", "json", dumped({"meta": {"n": 3, "tags": ["x"]}, "result": {"data": OBJECTS}}, indent=2)
    )
    yield good("objects over several lines", "json", b"\n".join(dumped(item, indent=2) for item in OBJECTS))
    yield good(
        "objects over several lines called jsonl", "jsonl", b"\n".join(dumped(item, indent=2) for item in OBJECTS)
    )
    yield good("one object over several lines", "json", dumped(OBJECTS[0], indent=2), PAIRS[:1])
    yield good("columns as lists", "json", dumped({"question": QUESTIONS, "answer": ANSWERS}))
    numbered = {
        name: {str(i): text for i, text in enumerate(texts)}
        for name, texts in (("question", QUESTIONS), ("answer", ANSWERS))
    }
    yield good("columns as numbered objects", "json", dumped(numbered, indent=1))
    yield good("columns and data", "json", dumped({"columns": HEADINGS, "index": [0, 1, 2, 3], "data": PAIRS}))
    yield good("rows by number", "json", dumped({str(i): item for i, item in enumerate(OBJECTS)}))


def _nested() -> Iterator[Case]:
    columns = ("question.text", "question.id", "answer.text")
    objects = [{"question": {"text": a, "id": i}, "answer": {"text": b}} for i, (a, b) in enumerate(PAIRS)]
    rows = [(a, str(i), b) for i, (a, b) in enumerate(PAIRS)]
    roles = {"question.text": "query", "answer.text": "document", "question.id": "ignore"}
    yield good("fields within fields", "jsonl", lines(objects), rows, columns=columns, roles=roles)
    yield good("fields within fields, list", "json", dumped(objects, indent=2), rows, columns=columns, roles=roles)
    several = [{"query": "a", "positives": ["b", "c"]}, {"query": "d", "positives": ["e"]}]
    roles = {"query": "query", "positives": "document", "positives (2)": "document"}
    yield good(
        "several matches in a list",
        "jsonl",
        lines(several),
        [("a", "b", "c"), ("d", "e", "")],
        columns=("query", "positives", "positives (2)"),
        roles=roles,
    )
    wrong = [
        {"query": "a", "positive": "b", "negatives": ["c", "d", "e"]},
        {"query": "f", "positive": "g", "negatives": []},
    ]
    yield good(
        "several wrong items in a list",
        "json",
        dumped(wrong),
        [("a", "b", "c", "d", "e"), ("f", "g", "", "", "")],
        columns=("query", "positive", "negatives", "negatives (2)", "negatives (3)"),
        roles={"positive": "document", "negatives (3)": "negative"},
    )
    yield good("a list of one text", "jsonl", lines([{"question": [a], "answer": [b]} for a, b in PAIRS]))


def cases() -> Iterator[Case]:
    """All of this file."""
    yield from _lines()
    yield from _lists()
    yield from _wrapped()
    yield from _nested()
