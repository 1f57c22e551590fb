"""JSON that is broken, or well formed and of no use."""

import json
from collections.abc import Iterator

from tests.trainer.data.corpus.cases import Case, refused, spared

GOOD = [{"question": f"how do I get to number {i} of {i * 37}", "answer": f"answer {i % 7}"} for i in range(25)]
ENTRIES: dict[str, tuple[str, str]] = {
    "cut off": ('{"question": "a", "ans', "not a whole JSON object"),
    "single quotes": ("{'question': 'a', 'answer': 'b'}", "not a whole JSON object"),
    "no quotes": ("{question: a, answer: b}", "not a whole JSON object"),
    "a comma too many": ('{"question": "a", "answer": "b",}', "not a whole JSON object"),
    "two objects": ('{"question": "a", "answer": "b"} {"question": "c", "answer": "d"}', "not a whole JSON object"),
    "NaN": ('{"question": "a", "answer": NaN}', "NaN"),
    "Infinity": ('{"question": "a", "answer": -Infinity}', "Infinity"),
    "a number of 5,000 digits": ('{"question": "a", "answer": ' + "9" * 5000 + "}", "5,000 digits"),
    "a field twice": ('{"question": "a", "question": "b", "answer": "c"}', "twice"),
    "nesting without end": ("[" * 100_000, "nested too deeply"),
    "objects without end": ('{"a":' * 5_000 + "1" + "}" * 5_000, "nested too deeply"),
    "a text alone": ('"just a text"', "not an object"),
    "a number alone": ("42", "not an object"),
    "null": ("null", "not an object"),
    "a list": ('["a", "b"]', "not an object"),
    "half a character": ('{"question": "\\ud83d", "answer": "b"}', "half a character"),
    "NUL": ('{"question": "a\\u0000", "answer": "b"}', "NUL"),
    "a long text": ('{"question": "' + "why " * 600 + '", "answer": "b"}', "2,400 characters"),
    "an object for a text": ('{"question": "a", "answer": {"b": {"c": {"d": {"e": 1}}}}}', "an object where a text"),
    "objects in a list": ('{"question": "a", "answer": [{"b": 1}]}', "an object where a text"),
    "a list of thirty texts": (json.dumps({"question": "a", "answer": ["b"] * 30}), "a list or an object where"),
    "a list of numbers": ('{"question": "a", "answer": [0.1, 0.2]}', "a list or an object where"),
    "no answer": ('{"question": "a"}', "no matching item"),
    "null for an answer": ('{"question": "a", "answer": null}', "no matching item"),
    "a blank answer": ('{"question": "a", "answer": " "}', "no matching item"),
    "an empty list for an answer": ('{"question": "a", "answer": []}', "no matching item"),
    "no fields": ("{}", "neither a question nor"),
    "other fields": ('{"title": "a", "body": "b"}', "neither a question nor"),
}
"""Lines that are left out alone."""


def lines_with(line: str) -> bytes:
    """Good lines with a bad one as line 4."""
    lines = [json.dumps(item) for item in GOOD]
    return "\n".join([*lines[:3], line, *lines[3:]]).encode()


def list_with(item: str, after: str = "]") -> bytes:
    """A good list with a bad object as its fourth."""
    items = [json.dumps(item) for item in GOOD]
    return ("[" + ", ".join([*items[:3], item, *items[3:]]) + after).encode()


def cases() -> Iterator[Case]:
    """All of this file."""
    for word, (line, reason) in ENTRIES.items():
        yield spared(f"line with {word}", "jsonl", lambda line=line: lines_with(line), {4: reason}, n_rows=25)
    for word in ("a text alone", "null", "half a character", "no answer", "an object for a text"):
        line, reason = ENTRIES[word]
        yield spared(f"list with {word}", "json", list_with(line), {4: reason}, n_rows=25)
    for word in ("cut off", "single quotes", "a comma too many"):
        yield refused(
            f"list with {word}", "json", list_with(ENTRIES[word][0]), "not well formed", "export it again", row=4
        )
    for word in ("NaN", "a field twice", "a number of 5,000 digits"):
        yield refused(f"list with {word}", "json", list_with(ENTRIES[word][0]), ENTRIES[word][1], row=4)
    yield refused(
        "list with nesting without end", "json", list_with("[" * 100_000), "nested too deeply", "plain texts", row=4
    )
    yield refused("list that breaks off", "json", list_with("{}", ""), "breaks off", "export it again", row=26)
    yield refused("list and more", "json", list_with("{}", "] {}"), "not well formed", row=26)
    yield refused("empty list", "json", b"[]", "empty", "one example in each row")
    yield refused("list of empty objects", "json", b"[{}, {}]", "empty", "one example in each row")
    yield refused("list of texts", "json", b'["a", "b", "c"]', "not an object", "as an object")
    yield refused("empty object", "json", b"{}", "empty", "one example in each row")
    yield refused("a text", "json", b'"hello"', "does not begin with an object", "one object in each line")
    yield refused(
        "words called json", "jsonl", b"question,answer\na,b\n", "does not begin with an object", "in each line", row=1
    )
    yield refused(
        "no whole line",
        "jsonl",
        b'{"question": "a"\n{"question": "b"\n',
        "not a whole JSON object",
        "one whole object",
        row=1,
    )
    yield refused(
        "comments", "json", b'{\n// the data\n"rows": []}', "not a whole JSON object", "one whole object", row=1
    )
    wide = json.dumps({f"name {i}": "x" for i in range(41)}).encode()
    yield refused("too many fields", "jsonl", wide, "more than 40 different fields", "Keep only", row=1)
    yield refused(
        "too many lines", "jsonl", b'{"a": "b", "c": "d"}\n' * 501, "more than 500 rows", "Take a part", row=501
    )
    yield refused(
        "too many objects",
        "json",
        b"[" + b'{"a": "b", "c": "d"},' * 501 + b"]",
        "more than 500 rows",
        "Take a part",
        row=501,
    )
