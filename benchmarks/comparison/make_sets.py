"""Builds four data sets from public packages: `.venv/bin/python -m benchmarks.comparison.make_sets --out FOLDER`.

- icd: inclusion terms → official description of a diagnosis code (Python package simple-icd-10-cm, part of Tailor)
- emoji: keywords of an emoji → its name (Unicode CLDR, Debian package unicode-cldr-core)
- revdict: gloss → word, a reverse dictionary of nouns (WordNet 3.0, Debian package wordnet-base)
- deen: German → English (Debian package trans-de-en)

Each has train_100, train_300 and train_1000.csv where there are so many, test.csv with other queries, and
catalogue.csv. The same packages give the same files. What is missing is named, and the others are built.
"""

import argparse
import csv
import random
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from defusedxml.ElementTree import parse

Pair = tuple[str, str]
DOCUMENTS, TEST, SIZES = 1_500, 500, (100, 300, 1_000)
NOUN_FILES = {5, 6, 13, 14, 20, 27}
"""Lexicographer files of WordNet (lexnames(5)): animals, artefacts, food, groups, plants, substances."""
PACKAGES = {"emoji": "unicode-cldr-core", "revdict": "wordnet-base", "deen": "trans-de-en"}


def main() -> None:
    """Builds what can be built; exit status 1 when a set is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder that receives a folder for each data set")
    cldr = Path("/usr/share/unicode/cldr/common/annotations/en.xml")
    parser.add_argument("--cldr", type=Path, default=cldr)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet/data.noun"))
    parser.add_argument("--trans", type=Path, default=Path("/usr/share/trans/de-en"))
    arguments = parser.parse_args()
    makers: dict[str, Callable[[], Iterable[Pair]]] = {
        "icd": icd_pairs,
        "emoji": lambda: emoji_pairs(arguments.cldr),
        "revdict": lambda: revdict_pairs(arguments.wordnet),
        "deen": lambda: deen_pairs(arguments.trans),
    }
    missing = 0
    for name, make in makers.items():
        try:
            print(write_set(arguments.out / name, list(make())))
        except OSError as error:
            missing += 1
            remedy = f"On Debian or Ubuntu: sudo apt-get install {PACKAGES[name]}; else give the file's path (--help)."
            print(f"{name}: left out. {error}. {remedy}", file=sys.stderr)
    sys.exit(1 if missing else 0)


def icd_pairs() -> Iterator[Pair]:
    """Diagnosis codes of eight chapters."""
    import simple_icd_10_cm as icd

    for code in icd.get_all_codes():
        if code[0] in "GHIJKLMN" and icd.is_leaf(code):
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


def revdict_pairs(file: Path) -> Iterator[Pair]:
    """First gloss of one-word nouns, in the order of WordNet's data.noun."""
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        facts, _, gloss = line.partition(" | ")
        fields, gloss = facts.split(), gloss.split(";")[0].strip()
        if line.startswith("  ") or int(fields[1]) not in NOUN_FILES:
            continue
        word = fields[4]
        if word[0].islower() and "_" not in word and 4 <= len(gloss.split()) <= 14:
            yield gloss, word


def deen_pairs(file: Path) -> Iterator[Pair]:
    """Short entries of the dictionary, first sense, without notes in brackets."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#") and "::" in line:
            german, english = (_first_sense(side) for side in line.split("::", 1))
            if 1 <= len(german.split()) <= 5 and 1 <= len(english.split()) <= 6 and len(german) > 5:
                yield german, english


def _first_sense(side: str) -> str:
    return " ".join(re.sub(r"[{\[(].*?[}\])]", "", re.split(r"[|;]", side)[0]).split())


def write_set(folder: Path, pairs: list[Pair], seed: int = 0) -> str:
    """Draws documents and their queries; each query text is used once. What was written, in words."""
    draw = random.Random(seed)
    draw.shuffle(pairs)
    used: list[Pair] = []
    documents: dict[str, None] = {}
    seen: set[str] = set()
    for query, document in pairs:
        key = _folded(query)
        if not key or key in seen or key == _folded(document):
            continue
        if document in documents or len(documents) < DOCUMENTS:
            seen.add(key)
            documents[document] = None
            used.append((query, document))
    draw.shuffle(used)
    test = min(TEST, len(used) // 2)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "catalogue.csv", [[text] for text in draw.sample(list(documents), len(documents))], ["document"])
    _write(folder / "test.csv", used[:test], ["query", "document"])
    sizes = [size for size in SIZES if size <= len(used) - test]
    for size in sizes:
        _write(folder / f"train_{size}.csv", used[test : test + size], ["query", "document"])
    return f"{folder.name}: {len(documents):,} documents, {test} test queries, training pairs {sizes}"


def _folded(text: str) -> str:
    return re.sub(r"\W+", " ", unicodedata.normalize("NFKD", text).casefold()).strip()


def _write(path: Path, rows: Iterable[Iterable[str]], header: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


if __name__ == "__main__":
    main()
