"""The words with which customers of the made-up shop might look for an article."""

from random import Random

_THINGS: dict[str, tuple[str, ...]] = {
    "shirt": ("shirt", "T-shirt", "top"),
    "trousers": ("trousers", "pants"),
    "bag": ("bag", "handbag", "shopper"),
    "mug": ("mug", "cup", "coffee mug"),
    "lamp": ("lamp", "table lamp", "bedside light"),
    "cushion": ("cushion", "pillow", "sofa cushion"),
}
_PATTERNS: dict[str, tuple[str, ...]] = {
    "plain": ("plain", "single-colour", "unpatterned"),
    "stripes": ("striped", "stripy"),
    "checks": ("checked", "gingham", "chequered"),
    "dots": ("dotted", "polka-dot", "spotted"),
}
_NOUNS: dict[str, tuple[str, ...]] = {
    "plain": ("no pattern at all",),
    "stripes": ("stripes", "bands across"),
    "checks": ("checks", "squares"),
    "dots": ("dots", "spots"),
}

PHRASES = 4
"""How many forms `phrase` knows."""


def phrase(form: int, thing: str, pattern: str, colour: str, random: Random) -> str:
    """One of several ways to say it; which words of equal meaning is left to `random`."""
    name, adjective, noun = (random.choice(words[key]) for words, key in _choices(thing, pattern))
    if form == 0:
        return f"{adjective} {colour} {name}"
    if form == 1:
        return f"{colour} {name}, {adjective}"
    if form == 2:
        return f"{name} in {colour}, {noun}" if pattern == "plain" else f"{name} with {colour} {noun}"
    return f"{colour} {adjective} {name} as a present"


def _choices(thing: str, pattern: str) -> tuple[tuple[dict[str, tuple[str, ...]], str], ...]:
    return ((_THINGS, thing), (_PATTERNS, pattern), (_NOUNS, pattern))
