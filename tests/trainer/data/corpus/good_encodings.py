"""Encodings that say what they are, and those that the person chose."""

from collections.abc import Iterator

from tests.trainer.data.corpus.cases import PAIRS, Case, good, refused
from tests.trainer.data.corpus.good_delimited import DELIMITERS, written
from trainer.data.encodings import CHOICES

MARKED = {
    "utf-8": b"\xef\xbb\xbf",
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
    "utf-32-le": b"\xff\xfe\0\0",
    "utf-32-be": b"\0\0\xfe\xff",
}
OF_CODEC = {
    "utf-8": "Größe 漢字 😀",
    "cp1252": "Größe € “straße”",
    "cp1250": "Příliš žluťoučký kůň",
    "cp1251": "почему не работает",
    "cp1253": "Γιατί δεν λειτουργεί",
    "cp1254": "İstanbul'da şarj cihazı",
    "iso8859-15": "5 € für Œuvre",
    "mac-roman": "Größe café “œuvre”",
    "cp437": "Größe café ñ",
    "cp932": "印刷機が動かないのはなぜ",
    "euc-jp": "印刷機が動かないのはなぜ",
    "gb18030": "打印机为什么不工作",
    "big5": "印表機為什麼不工作",
    "cp949": "프린터가 작동하지 않는 이유",
    "utf-16-le": "Größe und Maß",
    "utf-16-be": "Größe und Maß",
}
"""A text for every encoding that can be chosen."""


def cases() -> Iterator[Case]:
    """All of this file."""
    for codec, mark in MARKED.items():
        for word, delimiter in DELIMITERS.items():
            yield good(f"{codec} with a mark, {word}", "csv", mark + written(delimiter=delimiter).encode(codec))
        yield good(f"{codec} with a mark, CR LF", "csv", mark + written(end="\r\n").encode(codec))
    assert set(OF_CODEC) == set(CHOICES)
    for codec, text in OF_CODEC.items():
        rows = [(text, "answer"), (f"{text} 2", text)]
        content = written(rows).encode(codec)
        yield good(f"{codec} as chosen", "csv", content, rows, encoding=codec)
        if codec != "utf-8":
            yield refused(f"{codec} not chosen", "csv", content, "Choose the encoding", "CSV UTF-8")
    marked = MARKED["utf-8"] + written().encode()
    yield good("a mark against the choice", "csv", marked, encoding="cp1252")
    yield good("a mark before quotes", "csv", MARKED["utf-8"] + b'"question","answer"\n"a","b"\n', [("a", "b")])
    yield good("plain ASCII as cp1252", "csv", b"question,answer\na,b\n", [("a", "b")], encoding="cp1252")
    yield good(
        "UTF-8 with line separators", "csv", "question,answer\na\u2028b,c\u0085d\n".encode(), [("a\u2028b", "c\u0085d")]
    )
    yield good(
        "UTF-8 beyond the first block",
        "csv",
        written([("x" * 1999, f"a{i}") for i in range(499)] + [("ende ß", "z")]).encode(),
        [("x" * 1999, f"a{i}") for i in range(499)] + [("ende ß", "z")],
    )
    yield good("all texts of the pairs", "csv", written(PAIRS).encode())
