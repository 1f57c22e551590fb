"""What a person should know about the data before training: findings in plain words."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator

from trainer.config import Task
from trainer.data.assigning import noun
from trainer.data.findings import Finding, few, say
from trainer.data.near_duplicates import group_near_identical
from trainer.data.pairing import PairingResult
from trainer.data.pairs import SplitDataset, SplitKind
from trainer.data.table import RejectedRow
from trainer.data.texts import has_invisible, squeezed

LONG_TEXT = 1_000
"""Characters that about fill the 256 tokens a usual base model reads."""

_SHORT_TEXT = 3
_DOMINATING = 0.3
_FEW_TEST, _SOME_TEST = 50, 200
_FEW_DOCUMENTS = 10


def check_dataset(pairing: PairingResult, split: SplitDataset, rejected: list[RejectedRow]) -> list[Finding]:
    """All findings on rows, texts and their number. `rejected`: of reading, pairing and splitting together."""
    labelled = bool(split.data.labels)
    return [
        *_rejections(pairing, rejected),
        *_repetitions(pairing, split),
        *_texts(split),
        *([] if labelled else _balance(pairing, split)),
        *_certainty(split),
    ]


def _shown(split: SplitDataset, text: str) -> str:
    """A text; for a picture the name of its file."""
    return split.data.captions.get(text, text)


def _rejections(pairing: PairingResult, rejected: list[RejectedRow]) -> Iterator[Finding]:
    if rejected:
        yield Finding(
            "rejected_rows",
            "warn",
            len(rejected),
            f"{say(len(rejected), 'row was', 'rows were')} left out",
            "They could not be used; the list says why, row by row. Everything else was read.",
            few(row.message for row in rejected),
            "Correct them in the file and upload it again, or go on without them.",
        )
    if pairing.n_conflicts:
        yield Finding(
            "conflicts",
            "warn",
            pairing.n_conflicts,
            f"{say(pairing.n_conflicts, 'pair is', 'pairs are')} called both right and wrong",
            "Nobody can learn from a contradiction, so all rows of these pairs were left out.",
            [],
            "Decide for each pair which is true.",
        )


def _repetitions(pairing: PairingResult, split: SplitDataset) -> Iterator[Finding]:
    if pairing.n_duplicates:
        yield Finding(
            "duplicates",
            "info",
            pairing.n_duplicates,
            f"{say(pairing.n_duplicates, 'row repeats', 'rows repeat')} a pair that is there already",
            "Each pair counts once.",
            few(
                f"{_shown(split, pair.query)} → {_shown(split, pair.document)} ({pair.times} times)"
                for pair in pairing.duplicates
            ),
            "",
        )
    groups: dict[int, list[str]] = defaultdict(list)
    queries = [] if split.data.task.has_picture_queries else list(split.data.queries.values())
    for text, root in zip(queries, group_near_identical(queries), strict=True):
        groups[root].append(text)
    several = [texts for texts in groups.values() if len(texts) > 1]
    if several:
        yield Finding(
            "near_duplicates",
            "info",
            sum(map(len, several)),
            f"{say(sum(map(len, several)), 'question is', 'questions are')} nearly the same as another",
            "They are kept on one side of the split, so that no question is judged that was all but learned.",
            few(" ≈ ".join(texts[:3]) for texts in several),
            "",
        )
    yield from _too_like(split)


def _too_like(split: SplitDataset) -> Iterator[Finding]:
    left_out = int(split.receipt.get("n_left_out", 0))
    asked = noun(split.data).removesuffix("s")
    if left_out:
        yield Finding(
            "too_like_test_questions",
            "info",
            left_out,
            f"{say(left_out, 'example was', 'examples were')} left out because a test {asked} is nearly the same",
            f"Judging by a {asked} that was learned from would flatter the model.",
            [],
            "",
        )


def _texts(split: SplitDataset) -> Iterator[Finding]:
    data = split.data
    if data.task is not Task.TEXT_TEXT:
        yield from _lengths([] if data.task.has_picture_queries else list(data.queries.values()))
        return
    same = [
        data.queries[query]
        for query, gains in data.relevance.items()
        if squeezed(data.queries[query]) in {squeezed(data.documents[document]) for document in gains}
    ]
    if same:
        yield Finding(
            "query_is_document",
            "warn" if len(same) > 0.1 * len(data.queries) else "info",
            len(same),
            f"{say(len(same), 'question reads', 'questions read')} the same as their own item",
            "Any search finds these, before and after; they teach nothing.",
            few(same),
            "Replace them by how people really ask.",
        )
    texts = [*data.queries.values(), *data.documents.values()]
    yield from _lengths(texts)
    hidden = [text for text in texts if has_invisible(text)]
    if hidden:
        yield Finding(
            "invisible_characters",
            "info",
            len(hidden),
            f"{say(len(hidden), 'text has', 'texts have')} invisible characters",
            "They usually come from copying out of web pages. They do not count when texts are compared.",
            few(hidden),
            "",
        )


def _lengths(texts: list[str]) -> Iterator[Finding]:
    short = [text for text in texts if len(squeezed(text)) < _SHORT_TEXT]
    if short:
        yield Finding(
            "short_texts",
            "info",
            len(short),
            f"{say(len(short), 'text has', 'texts have')} fewer than {_SHORT_TEXT} letters",
            "So short a text hardly says what is meant.",
            few(short),
            "Write them out where you can.",
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
        )


def _balance(pairing: PairingResult, split: SplitDataset) -> Iterator[Finding]:
    data = split.data
    uses = Counter(document for gains in data.relevance.values() for document in gains)
    document, times = uses.most_common(1)[0]
    item = "picture" if data.task.has_picture_documents else "item"
    if times > _DOMINATING * len(data.queries):
        yield Finding(
            "dominating_item",
            "warn",
            times,
            f"One {item} is the match of {100 * times / len(data.queries):.0f}% of the {noun(data)}",
            f"A model that always gives this {item} would look good.",
            few([_shown(split, data.documents[document])]),
            f"Add examples with other {item}s.",
        )
    if len(data.documents) < _FEW_DOCUMENTS:
        yield Finding(
            "few_items",
            "warn",
            len(data.documents),
            f"There are only {len(data.documents)} {item}s to search among",
            "The right one among so few is easily found, so the scores will look better than in real use.",
            few(_shown(split, document) for document in data.documents.values()),
            "Add your whole catalogue.",
        )
    if pairing.not_in_catalogue:
        differ = "hold different copies of them" if item == "picture" else "spell the same items differently"
        missing = [_shown(split, pairing.dataset.documents[document]) for document in pairing.not_in_catalogue]
        yield Finding(
            "not_in_catalogue",
            "warn" if len(missing) > 0.5 * len(uses) else "info",
            len(missing),
            f"{say(len(missing), f'{item} is', f'{item}s are')} in the examples but not in the catalogue",
            f"They were added to it. If many are missing, the two files may {differ}.",
            few(missing),
            f"Check that both files use the same {'pictures' if item == 'picture' else 'texts'}.",
        )


def _certainty(split: SplitDataset) -> Iterator[Finding]:
    count = len(split.test)
    if count >= _SOME_TEST:
        return
    # Half the width of a 95% interval of a share near one half: 1.96 · sqrt(0.25 / n).
    points = 98 / math.sqrt(count)
    own, asked = split.kind is SplitKind.OWN_TEST, noun(split.data).removesuffix("s")
    yield Finding(
        "few_test_questions",
        "warn" if count < _FEW_TEST else "info",
        count,
        f"{say(count, f'{asked} judges', f'{asked}s judge')} the result",
        f"A hit rate measured on so many is certain to about ±{points:.0f} points (95% interval). "
        "Smaller gains may go unseen.",
        [],
        f"Add more test {asked}s." if own else f"Add more examples, or a file of your own test {asked}s.",
    )
