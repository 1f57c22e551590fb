"""Headings in many languages and spellings, above, between and without; and which roles they give."""

from collections.abc import Iterator, Sequence

from tests.trainer.data.corpus.cases import Case, good

ASKED = ("why is the parcel late", "how can I pay my bill", "where do I return this", "can I change the size")
FOUND = ("Delivery times", "Payment", "Returns", "Exchanges")
PAIRED = {
    "English": ("Question", "Answer"),
    "English search": ("Search term", "Matching item"),
    "English upper": ("QUERY", "DOCUMENT"),
    "English spaced": ("  query ", " document  "),
    "English underscores": ("user_query", "matching_document"),
    "English camels": ("customerQuestion", "rightAnswer"),
    "English with units": ("Question (customer)", "Answer (agent)"),
    "anchor": ("anchor", "positive"),
    "sentences": ("sentence1", "sentence2"),
    "texts": ("text1", "text2"),
    "German": ("Frage", "Antwort"),
    "German search": ("Suchbegriff", "Artikel"),
    "German request": ("Kundenfrage", "Lösung"),
    "French": ("Requête", "Réponse"),
    "French question": ("Question du client", "Réponse"),
    "Spanish": ("Pregunta", "Respuesta"),
    "Spanish search": ("Búsqueda", "Artículo"),
    "Italian": ("Domanda", "Risposta"),
    "Portuguese": ("Pergunta", "Resposta"),
    "Dutch": ("Vraag", "Antwoord"),
    "Polish": ("Pytanie", "Odpowiedź"),
    "Swedish": ("Fråga", "Svar"),
    "Russian": ("Вопрос", "Ответ"),
    "Japanese": ("質問", "回答"),
    "Chinese": ("问题", "答案"),
    "Korean": ("질문", "답변"),
    "decomposed": ("Re\u0301que\u0302te", "Re\u0301ponse"),
    "full width": ("ｑｕｅｒｙ", "ｄｏｃｕｍｅｎｔ"),
}
LABELLED = {
    "English label": ("text", "label"),
    "German label": ("Betreff", "Kategorie"),
    "French label": ("texte", "étiquette"),
    "intent": ("utterance", "intent"),
    "class": ("complaint", "class name"),
}


def _table(headings: Sequence[str], *columns: Sequence[str], delimiter: str = ";") -> bytes:
    rows = [headings, *zip(*columns, strict=True)]
    return "".join(delimiter.join(row) + "\n" for row in rows).encode()


def _in_languages() -> Iterator[Case]:
    rows = list(zip(ASKED, FOUND, strict=True))
    for word, (asked, found) in PAIRED.items():
        columns = (" ".join(asked.split()), " ".join(found.split()))
        roles = dict(zip(columns, ("query", "document"), strict=True))
        yield good(f"headings {word}", "csv", _table((asked, found), ASKED, FOUND), rows, columns=columns, roles=roles)
        back = [(b, a) for a, b in rows]
        if not word.startswith(("texts", "sentences")):
            yield good(
                f"headings {word} turned round",
                "csv",
                _table((found, asked), FOUND, ASKED),
                back,
                columns=columns[::-1],
                roles=roles,
            )
    for word, (asked, label) in LABELLED.items():
        yield good(
            f"headings {word}",
            "csv",
            _table((asked, label), ASKED, FOUND),
            rows,
            columns=(asked, label),
            roles={asked: "query", label: "label"},
        )


def _more_columns() -> Iterator[Case]:
    scores, groups, wrong = (
        ("1", "0", "2", "3"),
        ("north", "south", "north", "south"),
        ("Jobs", "Press", "Imprint", "Blog"),
    )
    parts = ("train", "train", "test", "validation")
    base = {"query": "query", "document": "document"}
    for heading, texts, role in (
        ("score", scores, "score"), ("relevance", scores, "score"), ("Bewertung", scores, "score"),
        ("note", scores, "score"),
        ("grade (0-3)", scores, "score"), ("segment", groups, "segment"), ("language", groups, "segment"),
        ("customer segment", groups, "segment"), ("Abteilung", groups, "segment"), ("region", groups, "segment"),
        ("negative", wrong, "negative"), ("hard_negative_1", wrong, "negative"), ("wrong answer", wrong, "negative"),
        ("id", ("1", "2", "3", "4"), "ignore"), ("question id", ("11", "12", "13", "14"), "ignore"),
        ("url", ("http://a.example/1",) * 4, "ignore"), ("created", ("2026-01-02",) * 4, "ignore"),
        ("split", parts, "split"), ("Subset", parts, "split"), ("fold", parts, "split"), ("Aufteilung", parts, "split"),
    ):  # fmt: skip
        rows = list(zip(ASKED, FOUND, texts, strict=True))
        columns = ("query", "document", heading)
        yield good(
            f"beside them {heading}",
            "csv",
            _table(columns, ASKED, FOUND, texts),
            rows,
            columns=columns,
            roles={**base, heading: role},
        )


def cases() -> Iterator[Case]:
    """All of this file."""
    yield from _in_languages()
    yield from _more_columns()
    rows = list(zip(ASKED, FOUND, strict=True))
    plain = _table(("question", "answer"), ASKED, FOUND)
    bare = plain.partition(b"\n")[2]
    for titles in ("Export of 2026", "Help desk\n\nAll questions, by week", "\n\nSeptember"):
        yield good(
            f"{len(titles)} letters of titles above", "csv", titles.replace("\n", ";\n").encode() + b";\n" + plain, rows
        )
    letters = ("Column A", "Column B")
    yield good("no headings", "csv", bare, rows, columns=letters, roles={"Column A": "query", "Column B": "document"})
    yield good(
        "no headings as chosen", "csv", plain, [("question", "answer"), *rows], columns=letters, has_header=False
    )
    yield good("headings as chosen", "csv", bare, rows[1:], columns=rows[0], has_header=True)
    yield good(
        "twice one heading",
        "csv",
        _table(("query", "answer", "answer"), ASKED, FOUND, FOUND),
        [(a, b, b) for a, b in rows],
        columns=("query", "answer", "answer (2)"),
        roles={"query": "query", "answer": "document", "answer (2)": "document"},
    )
    yield good(
        "twice one heading but for case",
        "csv",
        _table(("query", "Answer", "answer"), ASKED, FOUND, FOUND),
        [(a, b, b) for a, b in rows],
        columns=("query", "Answer", "answer"),
    )
    yield good(
        "a heading left blank",
        "csv",
        _table(("query", "answer", ""), ASKED, FOUND, FOUND),
        [(a, b, b) for a, b in rows],
        columns=("query", "answer", "Column C"),
    )
    yield good(
        "unknown headings",
        "csv",
        _table(("Vorgang", "Ablage"), [text * 3 for text in ASKED], FOUND),
        [(a * 3, b) for a, b in rows],
        columns=("Vorgang", "Ablage"),
        roles={"Vorgang": "query", "Ablage": "document"},
    )
    yield good(
        "headings with zero width",
        "csv",
        _table(("que\u200bry", "\ufeffanswer"), ASKED, FOUND),
        rows,
        columns=("que\u200bry", "\ufeffanswer"),
        roles={"que\u200bry": "query", "\ufeffanswer": "document"},
    )
