"""What a person should know about the data before training: findings in plain words."""

import math
from collections import Counter
from collections.abc import Iterator

from trainer.config import Task
from trainer.data.assigning import noun
from trainer.data.corrections import LONGEST_ENTERED
from trainer.data.findings import SHOWN, About, Finding, few, say
from trainer.data.pairing import PairingResult
from trainer.data.pairs import SplitDataset, SplitKind
from trainer.data.table import RejectedRow
from trainer.data.text_checks import check_texts
from trainer.data.texts import showable

DOMINATING_ITEM = 0.3
"""Of all questions; one item that more of them lead to flatters a model that always gives it."""
_OR_HERE = {True: " and upload it again, or write them anew in the list", False: " and upload it again"}
_DECIDED = 50  # contradictions that can be decided on a page
_FEW_TEST, _SOME_TEST = 50, 200
ENOUGH_FOR_THREE_POINTS = math.ceil((98 / 3) ** 2)
"""Test questions with which a share near one half is certain to ±3 points."""
_FEW_DOCUMENTS = 10


def check_dataset(pairing: PairingResult, split: SplitDataset, rejected: list[RejectedRow]) -> list[Finding]:
    """All findings on rows, texts and their number. `rejected`: of reading, pairing and splitting together."""
    labelled = bool(split.data.labels)
    return [
        *_rejections(pairing, rejected),
        *_repetitions(pairing, split),
        *check_texts(split),
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
            f"Correct them in the file{_OR_HERE[pairing.dataset.task is Task.TEXT_TEXT]}, or go on without them.",
        )
    if pairing.n_conflicts:
        yield Finding(
            "conflicts",
            "warn",
            pairing.n_conflicts,
            f"{say(pairing.n_conflicts, 'pair is', 'pairs are')} called both right and wrong",
            "Nobody can learn from a contradiction.",
            few(" ↔ ".join(pairing.dataset.captions.get(text, text) for text in pair) for pair in pairing.conflicts),
            "Decide for each pair which is true.",
            done="All rows of these pairs were left out.",
            pairs=_to_decide(pairing),
        )


def _to_decide(pairing: PairingResult) -> list[tuple[str, str]]:
    """The first contradictory pairs; none of pictures, which nobody can write into a row."""
    if pairing.dataset.task is not Task.TEXT_TEXT:
        return []
    return [
        (showable(question, LONGEST_ENTERED), showable(item, LONGEST_ENTERED))
        for question, item in pairing.conflicts[:_DECIDED]
    ]


def _repetitions(pairing: PairingResult, split: SplitDataset) -> Iterator[Finding]:
    if pairing.n_duplicates:
        yield Finding(
            "duplicates",
            "info",
            pairing.n_duplicates,
            f"{say(pairing.n_duplicates, 'row repeats', 'rows repeat')} a pair that is there already",
            "Counted twice, a pair would weigh twice, in learning and in judging.",
            few(
                f"{_shown(split, pair.query)} → {_shown(split, pair.document)} ({pair.times} times)"
                for pair in pairing.duplicates
            ),
            "",
            About([pair.query for pair in pairing.duplicates], ("question",)),
            done="One row of each was kept.",
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


def _balance(pairing: PairingResult, split: SplitDataset) -> Iterator[Finding]:
    data = split.data
    uses = Counter(document for gains in data.relevance.values() for document in gains)
    document, times = uses.most_common(1)[0]
    item = "picture" if data.task.has_picture_documents else "item"
    if times > DOMINATING_ITEM * len(data.queries):
        yield Finding(
            "dominating_item",
            "warn",
            times,
            f"One {item} is the match of {100 * times / len(data.queries):.0f}% of the {noun(data)}",
            f"A model that always gives this {item} would look good.",
            few([_shown(split, data.documents[document])]),
            f"Add examples with other {item}s.",
            About([data.documents[document]], ("item",)),
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
        yield _not_in_catalogue(pairing, split, item, len(uses))


def _not_in_catalogue(pairing: PairingResult, split: SplitDataset, item: str, n_matched: int) -> Finding:
    """item: "item" or "picture"; n_matched: how many of them are matches. They are searched among, unless the person's
    own test questions ask for the catalogue alone."""
    texts = [pairing.dataset.documents[document] for document in pairing.not_in_catalogue]
    searched = not split.data.learning_only.issuperset(pairing.not_in_catalogue)
    differ = "hold different copies of them" if item == "picture" else "spell the same items differently"
    added, learned = (
        "They were added to it. If many are missing",
        "They are learned from, but not searched among. If they belong to it",
    )
    return Finding(
        "not_in_catalogue",
        "warn" if searched and len(texts) > 0.5 * n_matched else "info",
        len(texts),
        f"{say(len(texts), f'{item} is', f'{item}s are')} in the examples but not in the catalogue",
        f"{added if searched else learned}, the two files may {differ}.",
        few(_shown(split, text) for text in texts),
        f"Check that both files use the same {'pictures' if item == 'picture' else 'texts'}.",
        About(texts, ("item",)),
        example_pictures=[[text] for text in texts[:SHOWN]] if item == "picture" else [],
    )


def _certainty(split: SplitDataset) -> Iterator[Finding]:
    count = len(split.test)
    if count >= _SOME_TEST:
        return
    # Half the width of a 95% interval of a share near one half: 1.96 · sqrt(0.25 / n).
    points = 98 / math.sqrt(count)
    own, asked = split.kind is SplitKind.OWN_TEST, noun(split.data).removesuffix("s")
    missing = ENOUGH_FOR_THREE_POINTS - count
    per_question = 1 if own else max(1, round(len(split.data.queries) / count))
    more = f"{missing:,} more test {asked}s" if own else f"about {_rounded(missing * per_question):,} more examples"
    yield Finding(
        "few_test_questions",
        "warn" if count < _FEW_TEST else "info",
        count,
        f"{say(count, f'{asked} judges', f'{asked}s judge')} the result",
        f"A hit rate measured on so many is certain to about ±{points:.0f} points (95% interval). "
        f"Smaller gains may go unseen. For ±3 points, {ENOUGH_FOR_THREE_POINTS:,} test {asked}s are needed.",
        [],
        f"Add {more} for ±3 points; half the width takes four times as many."
        + ("" if own else f" Or add a file of {missing:,} test {asked}s of your own."),
    )


def _rounded(count: int) -> int:
    """To two digits: nobody counts examples to come more exactly."""
    size = 10 ** max(len(str(count)) - 2, 0)
    return -(-count // size) * size
