"""Which encoding a text file has: certain, or asked. Never guessed."""

import codecs
import unicodedata
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from trainer.data.texts import showable
from trainer.errors import DataError, Place

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHOICES = {
    "utf-8": "Unicode (UTF-8)",
    "cp1252": "Western European (Windows)",
    "cp1250": "Central European (Windows)",
    "cp1251": "Cyrillic (Windows)",
    "cp1253": "Greek (Windows)",
    "cp1254": "Turkish (Windows)",
    "iso8859-15": "Western European (ISO)",
    "mac-roman": "Western European (old Mac)",
    "cp437": "Western European (DOS)",
    "cp932": "Japanese (Shift-JIS)",
    "euc-jp": "Japanese (EUC)",
    "gb18030": "Chinese, simplified (GB18030)",
    "big5": "Chinese, traditional (Big5)",
    "cp949": "Korean (Windows)",
    "utf-16-le": "Unicode (UTF-16, little-endian)",
    "utf-16-be": "Unicode (UTF-16, big-endian)",
}
"""What a person can choose from: {codec: name in plain words}."""

_BLOCK = 1 << 20
_SAMPLE = 4 << 20
_SHOWN_CANDIDATES = 8
_PREVIEW_CHARACTERS = 70


class EncodingQuestion(DataError):  # noqa: N818 - it asks; the answer is the remedy
    """The file's encoding is not certain. `candidates`: (codec, preview of a telling line), the likeliest first."""

    def __init__(self, cause: str, remedy: str, place: Place, candidates: list[tuple[str, str]]) -> None:
        super().__init__(cause, remedy, place)
        self.candidates = candidates


def find_encoding(path: Path, name: str, chosen: str | None) -> str:
    """The codec to read `path` with: `chosen` by the person, told by a byte order mark, or strict UTF-8.

    Raises EncodingQuestion when the file does not say, DataError when `chosen` does not fit.
    """
    with path.open("rb") as file:
        start = file.read(4)
    for bom, codec in _BOMS:
        if start.startswith(bom):
            _check_fit(path, name, codec)
            return codec
    if chosen is not None:
        if chosen not in CHOICES:
            raise DataError(
                f"“{chosen}” is not an encoding that can be chosen.", "Choose one from the list.", Place(name)
            )
        _check_fit(path, name, chosen)
        return chosen
    if looks_like_utf16(next(_blocks(path, 4096), b"")):
        raise _question(path, name, "Its text seems to be UTF-16, but the file does not say so.", Place(name))
    line = _first_bad_line(path, "utf-8")
    if line is None:
        return "utf-8"
    raise _question(path, name, "Its text is not UTF-8, and the file does not say what it is.", Place(name, line))


def _check_fit(path: Path, name: str, codec: str) -> None:
    line = _first_bad_line(path, codec)
    if line is not None:
        said = CHOICES.get(codec, codec.removesuffix("-sig").upper())
        raise DataError(
            f"The text stops being {said} here.",
            "Choose another encoding, or save the file again as “CSV UTF-8” in your spreadsheet program.",
            Place(name, line),
        )


def _blocks(path: Path, most: int | None = None) -> Iterator[bytes]:
    with path.open("rb") as file:
        left = most
        while block := file.read(_BLOCK if left is None else min(_BLOCK, left)):
            yield block
            if left is not None:
                left -= len(block)


def _first_bad_line(path: Path, codec: str) -> int | None:
    """The 1-based line of the first bytes that `codec` cannot decode, None when there are none."""
    decoder = codecs.getincrementaldecoder(codec)(errors="strict")
    line = 1
    plain = codec in ("utf-8", "utf-8-sig")
    for block in chain(_blocks(path), [b""]):  # the empty block finds a character cut off at the end
        if plain and block and block.isascii() and not decoder.getstate()[0]:
            line += block.count(b"\n") or block.count(b"\r")
            continue
        try:
            line += _line_ends(decoder.decode(block, final=not block))
        except UnicodeDecodeError as error:
            return line + _line_ends(error.object[: error.start].decode(codec, errors="ignore"))
    return None


def _line_ends(text: str) -> int:
    return text.count("\n") or text.count("\r")


def looks_like_utf16(sample: bytes) -> bool:
    """Whether every second byte is mostly zero and the others hardly ever, as in UTF-16 of Latin letters."""
    few, many = sorted((sample[0::2].count(0), sample[1::2].count(0)))
    return len(sample) >= 4 and many > 0.35 * len(sample) / 2 and few < 0.05 * len(sample) / 2


def _question(path: Path, name: str, cause: str, place: Place) -> EncodingQuestion:
    sample = b"".join(_blocks(path, _SAMPLE))
    ranked = sorted(_candidates(sample), key=lambda candidate: -candidate[0])
    shown = _told_apart(sample, [codec for _, codec in ranked])
    return EncodingQuestion(
        cause,
        "Choose the encoding under which the text reads correctly, or save the file again as “CSV UTF-8”.",
        place,
        list(shown.items())[:_SHOWN_CANDIDATES],
    )


def _told_apart(sample: bytes, names: list[str]) -> dict[str, str]:
    """{codec: preview} in the order given. Of codecs that read all the same only the first stays; where a preview alone
    is the same, both show the first place at which they differ: between equal lines nobody could choose."""
    found: dict[str, str] = {}
    texts: dict[str, str] = {}
    for codec in names:
        text = _decoded(sample, codec)
        preview = _preview(text, _first_foreign(text))
        twin = next((other for other, shown in found.items() if shown == preview), None)
        if twin is not None:
            place = next((i for i, (a, b) in enumerate(zip(text, texts[twin], strict=False)) if a != b), None)
            if place is None:
                continue
            found[twin], preview = _preview(texts[twin], place), _preview(text, place)
        found[codec], texts[codec] = preview, text
        if len(found) > _SHOWN_CANDIDATES:
            break
    return found


def _candidates(sample: bytes) -> Iterator[tuple[float, str]]:
    """(likelihood, codec) of each choice that decodes the sample. The order helps; the person decides."""
    utf16 = sample[:4096].count(0) > len(sample[:4096]) / 8
    for codec in CHOICES:
        if codec.startswith("utf-16") is not utf16:
            continue
        try:
            text = _decoded(sample, codec)
        except UnicodeDecodeError:
            continue
        telling = [character for character in text if ord(character) > 127] or list(text[:200])
        yield _likelihood(telling), codec


def _decoded(sample: bytes, codec: str) -> str:
    """Without a character that the sample cuts off at its end."""
    return codecs.getincrementaldecoder(codec)(errors="strict").decode(sample)


def _likelihood(telling: list[str]) -> float:
    """How much the decoded characters look like writing: 1 when all are letters of one script, fewer when mixed."""
    telling = telling[:5000]
    letters = [character for character in telling if unicodedata.category(character)[0] in "LM"]
    if not letters:
        return 0.0
    scripts = [unicodedata.name(character, "?").split()[0] for character in letters]
    kana_and_han = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "KATAKANA-HIRAGANA": "CJK", "HANGUL": "CJK"}
    scripts = [kana_and_han.get(script, script) for script in scripts]
    main = max(scripts.count(script) for script in set(scripts))
    halfwidth = sum("HALFWIDTH" in unicodedata.name(character, "") for character in letters)
    return main / len(telling) - halfwidth / len(telling)


def _first_foreign(text: str) -> int:
    """The place of the first character that is not ASCII; 0 when there is none."""
    return next((i for i, character in enumerate(text) if ord(character) > 127), 0)


def _preview(text: str, first: int) -> str:
    """A stretch of the text around the place `first`."""
    line_start = max(text.rfind("\n", 0, first), text.rfind("\r", 0, first)) + 1
    start = max(line_start, first - _PREVIEW_CHARACTERS // 2)
    return showable(" ".join(text[start : start + _PREVIEW_CHARACTERS].split()))
