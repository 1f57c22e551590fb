"""What a person should know about the texts before training."""

from collections import defaultdict
from collections.abc import Iterator

from trainer.config import Task
from trainer.data.findings import About, Finding, few, say
from trainer.data.languages import count_languages
from trainer.data.near_duplicates import group_near_identical
from trainer.data.pairs import SplitDataset
from trainer.data.texts import has_invisible, is_code, squeezed

LONG_TEXT = 1_000
"""Characters that about fill the 256 tokens a usual base model reads."""

_SHORT_TEXT = 3
_MOST_COMPARED = 50_000  # items of a catalogue; more of them are compared with no others, for it takes minutes
_CODES = 0.8  # of all texts; some are in any data
_SECOND_LANGUAGE = 0.05  # of the texts that say what language they are in
_FEWEST_OF_LANGUAGE = 5


def check_texts(split: SplitDataset) -> Iterator[Finding]:
    """Findings on the texts of a data set; of pictures, there are those of the questions at most."""
    yield from _near_duplicates(split)
    data = split.data
    if data.task is not Task.TEXT_TEXT:
        asked = [] if data.task.has_picture_queries else list(data.queries.values())
        yield from _lengths(asked)
        yield from _languages(asked)
        return
    same = [
        data.queries[query]
        for query, gains in data.relevance.items()
        if any(reads_the_same(data.queries[query], data.documents[document]) for document in gains)
    ]
    if same:
        yield Finding(
            "query_is_document",
            "warn" if len(same) > 0.1 * len(data.queries) else "info",
            len(same),
            say(len(same), "question reads the same as its own item", "questions read the same as their own item"),
            "Any search finds these, before and after; they teach nothing.",
            few(same),
            "Replace them by how people really ask, or leave them out.",
            About(same, ("question",)),
        )
    texts = [*data.queries.values(), *data.documents.values()]
    yield from _codes("questions", list(data.queries.values()))
    yield from _codes("items", list(data.documents.values()))
    yield from _lengths(texts)
    yield from _languages(list(data.queries.values()))
    hidden = [text for text in texts if has_invisible(text)]
    if hidden:
        yield Finding(
            "invisible_characters",
            "info",
            len(hidden),
            f"{say(len(hidden), 'text has', 'texts have')} invisible characters",
            "They usually come from copying out of web pages. They do not count when texts are compared, but a model "
            "reads them.",
            few(hidden),
            "",
            About(hidden),
        )


def _lengths(texts: list[str]) -> Iterator[Finding]:
    short = [text for text in texts if is_short(text)]
    if short:
        yield Finding(
            "short_texts",
            "info",
            len(short),
            f"{say(len(short), 'text has', 'texts have')} fewer than {_SHORT_TEXT} letters",
            "So short a text hardly says what is meant.",
            few(short),
            "Write them out where you can, or leave them out.",
            About(short),
        )
    long = [text for text in texts if len(text) > LONG_TEXT]
    if long:
        yield Finding(
            "long_texts",
            "warn" if len(long) > 0.1 * len(texts) else "info",
            len(long),
            f"{say(len(long), 'text is', 'texts are')} longer than about {LONG_TEXT:,} characters",
            "A usual base model reads about the first 256 word pieces of a text and no further.",
            few(f"{text[:80]}… ({len(text):,} characters)" for text in long),
            "Put what matters first, or choose a base model that reads longer texts.",
            About(long),
        )


def _codes(what: str, texts: list[str]) -> Iterator[Finding]:
    codes = [text for text in texts if is_code(text)]
    if len(codes) >= _CODES * len(texts):
        yield Finding(
            f"codes_as_{what}",
            "warn",
            len(codes),
            f"{len(codes):,} of {len(texts):,} {what} are numbers or codes",
            "A model learns from words. A number or a code does not say what is meant.",
            few(codes),
            f"If another column says the {what} in words, choose that one.",
            About(codes, (what.removesuffix("s"),)),
        )


def _near_duplicates(split: SplitDataset) -> Iterator[Finding]:
    data = split.data
    several = [] if data.task.has_picture_queries else _groups(list(data.queries.values()))
    if several:
        yield Finding(
            "near_duplicates",
            "info",
            sum(map(len, several)),
            f"{say(sum(map(len, several)), 'question is', 'questions are')} nearly the same as another",
            "A question to judge by that was all but learned would flatter the model.",
            few(" ≈ ".join(texts[:3]) for texts in several),
            "",
            About(_heads_first(several), ("question",)),
            done="Each group is kept on one side of the split.",
        )
    if data.task.has_picture_documents:
        return
    used = {document for gains in data.relevance.values() for document in gains}
    compared = data.documents if len(data.documents) <= _MOST_COMPARED else used
    several = _groups([data.documents[document] for document in data.documents if document in compared])
    if several:
        count = sum(map(len, several))
        yield Finding(
            "near_duplicate_items",
            "warn" if count > 0.1 * len(data.documents) else "info",
            count,
            f"{say(count, 'item is', 'items are')} nearly the same as another",
            "Where two items mean the same, finding the other one counts as wrong, and the scores look worse than they "
            "are.",
            few(" ≈ ".join(texts[:3]) for texts in several),
            "Write those that mean the same alike, or name all of them as matches. Different items may stay.",
            About(_heads_first(several), ("item",)),
        )


def _heads_first(groups: list[list[str]]) -> list[str]:
    """All texts of some groups, the first of each before all others."""
    return [texts[0] for texts in groups] + [text for texts in groups for text in texts[1:]]


def is_short(text: str) -> bool:
    """Whether a text hardly says what is meant."""
    return len(squeezed(text)) < _SHORT_TEXT


def reads_the_same(question: str, item: str) -> bool:
    """Whether any search would find the item."""
    return squeezed(question) == squeezed(item)


def _groups(texts: list[str]) -> list[list[str]]:
    """The groups of near-identical texts that have several."""
    groups: dict[int, list[str]] = defaultdict(list)
    for text, root in zip(texts, group_near_identical(texts), strict=True):
        groups[root].append(text)
    return [members for members in groups.values() if len(members) > 1]


def _languages(questions: list[str]) -> Iterator[Finding]:
    found = count_languages(questions)
    told = sum(map(len, found.values()))
    main, *others = found or [""]
    others = [name for name in others if len(found[name]) >= max(_FEWEST_OF_LANGUAGE, _SECOND_LANGUAGE * told)]
    if others:
        count = sum(len(found[name]) for name in others)
        yield Finding(
            "mixed_languages",
            "info",
            count,
            f"{say(count, 'question seems', 'questions seem')} to be in {' or '.join(others)}, most others in {main}",
            "Many base models know one language well. Where results differ by language, one figure for all hides it.",
            few(f"{name}: {found[name][0]}" for name in others),
            "Choose a base model that knows these languages, and add a column with the language as Segment.",
            About(_heads_first([found[name] for name in others]), ("question",)),
        )
