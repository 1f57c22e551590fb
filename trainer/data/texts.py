"""When two texts count as the same."""

import re
import unicodedata

# Characters that nobody sees: soft hyphen, zero-width space and joiners of words, marks of writing direction, BOM.
# The joiners U+200C and U+200D stay: they change Persian words and emoji.
_INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ASCII_SIGNS = re.compile("[^0-9a-z$+<=>^`|~]")  # what of ASCII is neither letter, digit nor symbol
_SHOWN_CHARACTERS = 500


def folded(text: str) -> str:
    """The key under which equal texts are one: NFC, invisible characters dropped, white space folded and trimmed."""
    if text.isascii():
        return " ".join(text.split())
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def squeezed(text: str) -> str:
    """The key under which texts are near-identical at first sight: case, punctuation and white space dropped too.

    A text of punctuation alone keeps it, so that "?" and "!" stay different.
    """
    if text.isascii():
        key = " ".join(text.split()).lower()
        return _ASCII_SIGNS.sub("", key) or key
    key = unicodedata.normalize("NFKC", folded(text)).casefold()
    kept = "".join(c for c in key if c.isalnum() or unicodedata.category(c)[0] in "SM")
    return kept or key


def has_invisible(text: str) -> bool:
    """Whether a text holds characters that nobody sees and that change nothing."""
    return not text.isascii() and _INVISIBLE.search(text) is not None


def without_invisible(text: str) -> str:
    """The text without the characters that nobody sees and that change nothing."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def is_code(text: str) -> bool:
    """Whether a text is a number or a code such as “M8-40”: it has no more letters than digits."""
    digits = sum(map(str.isdigit, text))
    return digits > 0 and digits >= sum(map(str.isalpha, text))


def is_storable(text: str) -> bool:
    """Whether a text has none of the characters for which `unstorable` says why; many times as fast for long ones."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def unstorable(text: str) -> str:
    """Why a text cannot be kept, in plain words; empty when it can."""
    found = _UNSTORABLE.search(text)
    if found is None:
        return ""
    if found.group() == "\0":
        return "contains a NUL character, which no text needs. Export the file again as “CSV UTF-8”."
    return "contains half a character (a lone surrogate). Correct the text and export the file again as UTF-8."


def showable(text: str, limit: int = _SHOWN_CHARACTERS) -> str:
    """A text made safe to store and show: broken and control characters replaced, cut to `limit` characters."""
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return _CONTROL.sub("\ufffd", _UNSTORABLE.sub("\ufffd", text))
