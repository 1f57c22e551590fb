"""The blind test: two result lists without names, and which of them somebody finds better.

Everything here takes a run's report and a voter, whoever that is: a person who signed in, or a guest of a share link.
The order of the questions, and which model stands on which side, follow from a number of the voter's own that no page
shows; so a page that is loaded again is the same, and none can be worked out from another.
"""

import random
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from webapp.runs.exhibits import Exhibit, Exhibits
from webapp.runs.models import Run
from webapp.runs.reports import Report
from webapp.search.models import BlindVote, BlindVoter
from webapp.search.own_keys import ENOUGH_OWN, MOST_OWN, OWN, voter_asked

COMPARED = 3
"""A test question is asked where the two lists differ in their first so many."""

SHOWN = 5


@dataclass(frozen=True)
class BlindQuestion:
    """What a voter sees: what was asked, and both lists, best first. key: names the question in a vote. thumbnail,
    proof: of a picture that the voter sent, a WebP in base64, and what shows that they did (`own_keys`)."""

    key: str
    asked: Exhibit
    left: list[Exhibit]
    right: list[Exhibit]
    thumbnail: str = ""
    proof: str = ""

    @property
    def is_own(self) -> bool:
        """Whether the voter asked it."""
        return self.key.startswith(OWN)


@dataclass(frozen=True)
class BlindProgress:
    """How far a voter is: votes on test questions, of so many; votes on questions of their own."""

    voted: int
    total: int
    own: int

    @property
    def votes(self) -> int:
        """All of them."""
        return self.voted + self.own


class NoVote(Exception):  # noqa: N818  it says what came of it
    """A vote that cannot be counted: the cause in words."""


def voter_of(*, run: Run, key: str, name: str) -> BlindVoter:
    """The voter of this key, made on the first call."""
    voter, _ = BlindVoter.objects.get_or_create(run=run, key=key, defaults={"name": _storable(name)[:150]})
    return voter


def known_voter(*, run: Run, key: str) -> BlindVoter | None:
    """The voter of this key, if they began already."""
    return run.blind_voters.filter(key=key).first()


def questions_to_vote_on(report: Report) -> list[dict[str, Any]]:
    """The test questions whose lists differ in the first few; where they do not, nobody could prefer one."""
    return [query for query in report["queries"] if _first(query, "before") != _first(query, "after")]


def next_question(*, voter: BlindVoter, report: Report) -> BlindQuestion | None:
    """The next test question in the voter's own order; None when all are voted on."""
    voted = set(voter.votes.values_list("question", flat=True))
    found = next((query for query in _in_order(voter, report) if str(query["id"]) not in voted), None)
    return _of_test(voter, report, found) if found else None


def sided(
    voter: BlindVoter,
    key: str,
    asked: Exhibit,
    lists: dict[str, list[Exhibit]],
    *,
    thumbnail: str = "",
    proof: str = "",
) -> BlindQuestion:
    """The question as this voter sees it. lists: by `before` and `after`."""
    left, right = ("after", "before") if _after_left(voter, key) else ("before", "after")
    return BlindQuestion(key, asked, lists[left], lists[right], thumbnail, proof)


def vote_cast(
    *,
    voter: BlindVoter,
    report: Report,
    question: str,
    choice: str,
    text: str = "",
    proof: str = "",
    may_ask: bool = True,
) -> BlindVote:
    """Count a vote; a second one on the same question changes nothing. text, proof: of a question of the voter's own,
    typed or a picture. may_ask: whether the voter may ask any.

    Raises NoVote where question or choice is unknown, or the voter asked too many.
    """
    if choice not in BlindVote.Choice.values:
        raise NoVote("That is not one of the four answers.")
    if may_ask and voter_asked(voter=voter, key=question, text=text, proof=proof):
        asked = "" if proof else text
        if voter.votes.filter(question__startswith=OWN).exclude(question=question).count() >= MOST_OWN:
            raise NoVote(ENOUGH_OWN)
    else:
        asked = _text_of(report, question)
    fields = {"choice": choice, "after_left": _after_left(voter, question), "text": _storable(asked)}
    vote, _ = BlindVote.objects.get_or_create(voter=voter, question=question, defaults=fields)
    return vote


def vote_undo(*, voter: BlindVoter) -> BlindVote | None:
    """Take back the voter's latest vote; that vote, or None where there is none."""
    with transaction.atomic():
        vote = voter.votes.order_by("-pk").first()
        if vote is not None:
            BlindVote.objects.filter(pk=vote.pk).delete()
    return vote


def progress_of(*, voter: BlindVoter, report: Report) -> BlindProgress:
    """How far the voter is."""
    questions = list(voter.votes.values_list("question", flat=True))
    own = sum(question.startswith(OWN) for question in questions)
    return BlindProgress(len(questions) - own, len(questions_to_vote_on(report)), own)


def _first(query: dict[str, Any], side: str) -> list[str]:
    return [str(document_id) for document_id, _ in query[side]["top"][:COMPARED]]


def _in_order(voter: BlindVoter, report: Report) -> list[dict[str, Any]]:
    questions = questions_to_vote_on(report)
    random.Random(voter.seed).shuffle(questions)  # noqa: S311  no secret, only an order
    return questions


def _after_left(voter: BlindVoter, question: str) -> bool:
    return random.Random(f"{voter.seed}/{question}").random() < 0.5  # noqa: S311


def _of_test(voter: BlindVoter, report: Report, query: dict[str, Any]) -> BlindQuestion:
    exhibits, documents = Exhibits.of_report(report), report["documents"]
    lists = {
        side: [exhibits.document(str(name), documents.get(name, name)) for name, _ in query[side]["top"][:SHOWN]]
        for side in ("before", "after")
    }
    return sided(voter, str(query["id"]), exhibits.query(query), lists)


def _storable(text: str) -> str:
    """Without the one character that PostgreSQL refuses."""
    return text.replace("\0", "")


def _text_of(report: Report, question: str) -> str:
    found = next((query for query in report["queries"] if str(query["id"]) == question), None)
    if found is None:
        raise NoVote("That question is not one of this test.")
    return str(Exhibits.of_report(report).query(found).text)
