"""What names a question of a voter's own in a vote, and how a vote shows that the voter asked it."""

import hashlib

from django.utils.crypto import constant_time_compare, salted_hmac

from webapp.search.models import BlindVoter

OWN = "typed-"
"""Begins the key of every question of a voter's own, typed or a picture; those of test questions never begin so."""

MOST_OWN = 50
"""Questions of their own that one voter may vote on: nobody shall outvote the others by asking."""

ENOUGH_OWN = f"You voted on {MOST_OWN} questions of your own, which is as many as there can be."


def typed_key(text: str) -> str:
    """Of a typed question; equal but for blanks and capitals is equal."""
    return OWN + hashlib.sha256(" ".join(text.casefold().split()).encode("utf-8", "replace")).hexdigest()[:24]


def picture_key(identity: str) -> str:
    """Of a picture that was sent. identity: the same for the same pixels, such as "3f…e0.png"."""
    return f"{OWN}picture-{hashlib.sha256(identity.encode()).hexdigest()[:24]}"


def picture_proof(*, voter: BlindVoter, key: str) -> str:
    """Goes along with the question and comes back with the vote: the picture itself is not kept, so that nothing else
    could tell that this voter was shown two lists for it."""
    return salted_hmac(f"webapp.search.blind-{voter.pk}-{voter.seed}", key, algorithm="sha256").hexdigest()


def voter_asked(*, voter: BlindVoter, key: str, text: str, proof: str) -> bool:
    """Whether `key` is of the typed `text`, or of a picture with which the voter searched."""
    if not key.startswith(OWN):
        return False
    return key == typed_key(text) or bool(proof and constant_time_compare(proof, picture_proof(voter=voter, key=key)))
