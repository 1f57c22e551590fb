"""What stands in the cells: texts of every script, numbers, dates, signs; in three formats alike."""

import json
from collections.abc import Iterator

from tests.trainer.data.corpus.cases import HEADINGS, Case, good
from tests.trainer.data.corpus.good_delimited import written
from tests.trainer.data.files import saved, workbook

TEXTS = {
    "accents": "Crème brûlée à la façon de l’évêque",
    "composed and decomposed": "é is not e\u0301 to a computer",
    "emoji": "👩‍🔧 mends 🖨️ at 9️⃣",
    "right to left": "متى تصل طلبيتي؟",
    "Hebrew with marks": "\u200fשלום\u200e (1)",
    "marks of direction": "a\u202eb\u202cc",
    "zero width": "zero\u200bwidth\u2060joined",
    "soft hyphens": "Donau\u00addampf\u00adschiff",
    "Persian joiners": "می\u200cخواهم",
    "Hindi": "मेरा पार्सल कहाँ है",
    "Thai": "พัสดุของฉันอยู่ที่ไหน",
    "Chinese": "我的包裹在哪里？",
    "rare ideographs": "𠮷野家 𝒜",
    "no-break blanks": "12\u00a0000\u202f€",
    "ideographic blank": "東京\u3000大阪",
    "typographic quotes": "“a” ‘b’ „c“ «d»",
    "dashes": "a – b — c ‑ d − e",
    "leading zeros": "00042",
    "long number": "12345678901234567890123",
    "decimal comma": "1.234,50",
    "decimal point": "1,234.50",
    "per cent": "12.5 %",
    "money": "$ 5.00 – 7,00 €",
    "ISO date": "2026-11-02",
    "German date": "02.11.2026",
    "American date": "11/02/2026",
    "time": "9:30 pm",
    "phone": "+49 (0)30 / 123-456",
    "file": "C:\\Users\\me\\photo.jpg",
    "web address": "https://shop.example/a?b=c&d=1#e",
    "e-mail": "<me@shop.example>",
    "markup": "<b>bold</b> & <script>x</script>",
    "entities": "&lt; &amp; &#8364;",
    "braces": "{name} [1] {{x}}",
    "JSON": '{"a": [1, 2]}',
    "backslashes": "a\\nb\\tc\\",
    "formula signs": "=1+1",
    "plus and minus": "-5 +3 @home",
    "hash": "# not a comment",
    "null words": "NULL",
    "not available": "N/A",
    "nan": "nan",
    "true": "TRUE",
    "question mark": "?",
    "a blank between": "a  b   c",
    "regular expression": "^(a|b)+$",
    "SQL": "'; DROP TABLE items; --",
    "template": "{{ 7*7 }} ${x} <%= y %>",
}
"""Texts that must come back as they are, from every format."""


def cases() -> Iterator[Case]:
    """Each text as a question and as an answer: in CSV, JSONL and XLSX by turns, and all of them in each."""
    for number, (word, text) in enumerate(TEXTS.items()):
        rows = [(text, f"answer to {number}"), (f"question {number}", text)]
        if number % 3 == 0:
            yield good(f"text {word}", "csv", written(rows).encode(), rows)
        elif number % 3 == 1:
            lines = (json.dumps(dict(zip(HEADINGS, row, strict=True)), ensure_ascii=False) for row in rows)
            yield good(f"text {word}", "jsonl", "\n".join(lines).encode(), rows)
        else:
            yield good(f"text {word}", "xlsx", text_workbook(rows), rows)
    rows = [(text, f"{text} {number}") for number, text in enumerate(TEXTS.values())]
    yield good("all texts", "csv", written(rows).encode(), rows)
    yield good("all texts, tabs", "tsv", written(rows, delimiter="\t").encode(), rows)
    yield good("all texts in UTF-16", "csv", written(rows).encode("utf-16"), rows)
    objects = [dict(zip(HEADINGS, row, strict=True)) for row in rows]
    yield good("all texts, escaped", "json", json.dumps(objects).encode(), rows)
    yield good("all texts in a workbook", "xlsx", text_workbook(rows), rows)


def text_workbook(rows: list[tuple[str, str]]) -> bytes:
    """A workbook whose cells are texts, also those that look like formulas."""
    book = workbook([list(HEADINGS)])
    for number, row in enumerate(rows, 2):
        for column, text in enumerate(row, 1):
            book.active.cell(number, column, text).data_type = "s"
    return saved(book)
