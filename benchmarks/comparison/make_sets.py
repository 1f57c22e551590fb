"""Builds data sets from public packages: `.venv/bin/python -m benchmarks.comparison.make_sets --out FOLDER`.

- icd: inclusion terms → official description of a diagnosis code (Python package simple-icd-10-cm, which Tailor uses)
- emoji: keywords of an emoji → its name (Unicode CLDR, Debian package unicode-cldr-core)
- revdict: gloss → word, a reverse dictionary of nouns (WordNet 3.0, Debian package wordnet-base)
- deen: German → English (Debian package trans-de-en)

With `--more` five others from the same packages, to see what holds beyond the four: icd_other (other chapters),
emoji_few (two keywords that the name does not have), revdict_other (acts, thoughts, people, places), deen_long (longer
entries), and hypernym (a noun → what it is a kind of, where few items are asked for again and again).

Each has train_100, train_300 and train_1000.csv where there are so many, test.csv with other queries, and
catalogue.csv. The same packages give the same files. What is missing is named, and the others are built.
"""

import argparse
import csv
import random
import re
import sys
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from defusedxml.ElementTree import parse

Pair = tuple[str, str]
Range = tuple[int, int]
"""At least and at most."""
Maker = Callable[[], Iterable[Pair]]
DOCUMENTS, TEST, SIZES = 1_500, 500, (100, 300, 1_000)
NOUN_FILES = {5, 6, 13, 14, 20, 27}
"""Lexicographer files of WordNet (lexnames(5)): animals, artefacts, food, groups, plants, substances."""
OTHER_FILES = {4, 7, 9, 10, 15, 18, 19, 21, 22, 26}
"""Acts, attributes, thoughts, communication, places, people, phenomena, possessions, processes, states."""
PACKAGES = {"emoji": "unicode-cldr-core", "revdict": "wordnet-base", "deen": "trans-de-en"}


def main() -> None:
    """Builds what can be built; exit status 1 when a set is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder that receives a folder for each data set")
    cldr = Path("/usr/share/unicode/cldr/common/annotations/en.xml")
    parser.add_argument("--cldr", type=Path, default=cldr)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet/data.noun"))
    parser.add_argument("--trans", type=Path, default=Path("/usr/share/trans/de-en"))
    parser.add_argument("--more", action="store_true", help="five others as well")
    arguments = parser.parse_args()
    makers = [(name, make, DOCUMENTS, 0) for name, make in _makers(arguments).items()]
    if arguments.more:
        makers += [(name, make, documents, 7) for name, (make, documents) in _other_makers(arguments).items()]
    missing = 0
    for name, make, documents, seed in makers:
        try:
            print(write_set(arguments.out / name, list(make()), documents=documents, seed=seed))
        except OSError as error:
            missing += 1
            package = PACKAGES[name.partition("_")[0]]
            remedy = f"On Debian or Ubuntu: sudo apt-get install {package}; else give the file's path (--help)."
            print(f"{name}: left out. {error}. {remedy}", file=sys.stderr)
    sys.exit(1 if missing else 0)


def _makers(files: argparse.Namespace) -> dict[str, Maker]:
    return {
        "icd": icd_pairs,
        "emoji": lambda: emoji_pairs(files.cldr),
        "revdict": lambda: revdict_pairs(files.wordnet),
        "deen": lambda: deen_pairs(files.trans),
    }


def _other_makers(files: argparse.Namespace) -> dict[str, tuple[Maker, int]]:
    """With how many documents each has at most."""
    return {
        "emoji_few": (lambda: few_keywords(emoji_pairs(files.cldr)), 1_500),
        "revdict_other": (lambda: revdict_pairs(files.wordnet, OTHER_FILES), 700),
        "deen_long": (lambda: deen_pairs(files.trans, (2, 9), (2, 10)), 1_000),
        "icd_other": (lambda: icd_pairs("ABCDEFPQ"), 1_500),
        "hypernym": (lambda: hypernym_pairs(files.wordnet), 400),
    }


def icd_pairs(chapters: str = "GHIJKLMN") -> Iterator[Pair]:
    """Diagnosis codes that begin with one of these letters."""
    import simple_icd_10_cm as icd

    for code in icd.get_all_codes():
        if code[0] in chapters and icd.is_leaf(code):
            for term in icd.get_inclusion_term(code):
                yield term, icd.get_description(code)


def emoji_pairs(file: Path) -> Iterator[Pair]:
    """Emoji that have other keywords than their name."""
    keywords: dict[str, str] = {}
    for entry in parse(file).iter("annotation"):
        sign, text = entry.get("cp", ""), entry.text or ""
        if entry.get("type") != "tts":
            keywords[sign] = text
        elif not sign.isascii():
            others = [word.strip() for word in keywords.get(sign, "").split("|") if word.strip() != text]
            yield ", ".join(others), text


def few_keywords(pairs: Iterable[Pair], most: int = 2) -> Iterator[Pair]:
    """The same names, with keywords drawn from those that are not part of the name."""
    draw = random.Random(5)
    for keywords, name in pairs:
        others = [word for word in keywords.split(", ") if word and word not in name]
        if others:
            yield ", ".join(draw.sample(others, min(most, len(others)))), name


def revdict_pairs(file: Path, lexicographer_files: Collection[int] = NOUN_FILES) -> Iterator[Pair]:
    """First gloss of one-word nouns, in the order of WordNet's data.noun."""
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        facts, _, gloss = line.partition(" | ")
        fields, gloss = facts.split(), gloss.split(";")[0].strip()
        if line.startswith("  ") or int(fields[1]) not in lexicographer_files:
            continue
        word = fields[4]
        if word[0].islower() and "_" not in word and 4 <= len(gloss.split()) <= 14:
            yield gloss, word


def hypernym_pairs(file: Path) -> Iterator[Pair]:
    """First word of a noun and of what it is a kind of: animals, artefacts and food."""
    text = file.read_text(encoding="utf-8", errors="replace")
    lines = [line.partition(" | ")[0].split() for line in text.splitlines() if not line.startswith("  ")]
    words = {fields[0]: fields[4].replace("_", " ") for fields in lines}
    for fields in lines:
        kind = words.get(fields[fields.index("@") + 1]) if "@" in fields else None
        if kind and int(fields[1]) in {5, 6, 13}:
            yield words[fields[0]], kind


def deen_pairs(file: Path, german_words: Range = (1, 5), english_words: Range = (1, 6)) -> Iterator[Pair]:
    """Entries of the dictionary of so many words, first sense, without notes in brackets."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#") and "::" in line:
            german, english = (_first_sense(side) for side in line.split("::", 1))
            is_short = len(german) <= 5 and german_words[0] == 1  # of longer entries, the words are counted
            if not is_short and _is_of(german, german_words) and _is_of(english, english_words):
                yield german, english


def _is_of(text: str, words: Range) -> bool:
    return words[0] <= len(text.split()) <= words[1]


def _first_sense(side: str) -> str:
    return " ".join(re.sub(r"[{\[(].*?[}\])]", "", re.split(r"[|;]", side)[0]).split())


def write_set(folder: Path, pairs: list[Pair], *, documents: int = DOCUMENTS, seed: int = 0) -> str:
    """Draws documents and their queries; each query text is used once. What was written, in words."""
    draw = random.Random(seed)
    draw.shuffle(pairs)
    used: list[Pair] = []
    found: dict[str, None] = {}
    seen: set[str] = set()
    for query, document in pairs:
        key = _folded(query)
        if not key or key in seen or key == _folded(document):
            continue
        if document in found or len(found) < documents:
            seen.add(key)
            found[document] = None
            used.append((query, document))
    draw.shuffle(used)
    test = min(TEST, len(used) // 2)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "catalogue.csv", [[text] for text in draw.sample(list(found), len(found))], ["document"])
    _write(folder / "test.csv", used[:test], ["query", "document"])
    sizes = [size for size in SIZES if size <= len(used) - test]
    for size in sizes:
        _write(folder / f"train_{size}.csv", used[test : test + size], ["query", "document"])
    return f"{folder.name}: {len(found):,} documents, {test} test queries, training pairs {sizes}"


def _folded(text: str) -> str:
    return re.sub(r"\W+", " ", unicodedata.normalize("NFKD", text).casefold()).strip()


def _write(path: Path, rows: Iterable[Iterable[str]], header: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


if __name__ == "__main__":
    main()
