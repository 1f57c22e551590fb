"""The readers of the public packages, on a few lines in their formats."""

import csv
from pathlib import Path

from benchmarks.comparison.make_sets import (
    deen_pairs,
    emoji_pairs,
    few_keywords,
    hypernym_pairs,
    revdict_pairs,
    write_set,
)

NOUNS = """  1 This software and database is being provided to you
00001 05 n 01 finch 0 001 @ 00002 n 0000 | any of numerous songbirds of Europe; "it sang"
00002 05 n 02 sea_bird 0 seabird 0 000 | a bird that frequents coastal waters
00003 15 n 01 harbour 0 000 | a sheltered port where ships can anchor
00004 13 n 01 Cheddar 0 000 | hard smooth cheese from the west
"""
GERMAN = """# Version 1.9
Abend {m} | Abende {pl} :: evening | evenings
Abendbrot {n}; Vesper {f} [ugs.] | x :: (simple) supper; tea
zu lang für dieses eine kleine Spiel hier :: too long
"""
EMOJI = """<ldml><annotations>
<annotation cp="{">brace | curly</annotation><annotation cp="{" type="tts">curly</annotation>
<annotation cp="🍎">apple | fruit | red apple</annotation><annotation cp="🍎" type="tts">red apple</annotation>
</annotations></ldml>"""


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_readers(tmp_path: Path) -> None:
    assert list(revdict_pairs(written(tmp_path / "n", NOUNS))) == [("any of numerous songbirds of Europe", "finch")]
    assert list(deen_pairs(written(tmp_path / "d", GERMAN))) == [("Abendbrot", "supper")]
    assert list(emoji_pairs(written(tmp_path / "e", EMOJI))) == [("apple, fruit", "red apple")]


def test_readers_of_the_other_sets(tmp_path: Path) -> None:
    nouns = written(tmp_path / "n", NOUNS)
    assert list(revdict_pairs(nouns, {15})) == [("a sheltered port where ships can anchor", "harbour")]
    assert list(hypernym_pairs(nouns)) == [("finch", "sea bird")]
    assert list(deen_pairs(written(tmp_path / "d", GERMAN), (5, 9), (2, 2))) == [
        ("zu lang für dieses eine kleine Spiel hier", "too long")
    ]
    assert list(few_keywords(emoji_pairs(written(tmp_path / "e", EMOJI)))) == [("fruit", "red apple")]


def test_no_query_is_in_two_files_and_the_catalogue_has_every_document(tmp_path: Path) -> None:
    pairs = [(f"query {number // 2}{'!' * (number % 2)}", f"document {number % 90}") for number in range(900)]
    pairs += [("Same", "same"), ("?", "document 1")]

    def read(name: str) -> list[list[str]]:
        with (tmp_path / "s" / name).open(newline="") as file:
            return list(csv.reader(file))[1:]

    words = write_set(tmp_path / "s", pairs)
    assert words == "s: 90 documents, 225 test queries, training pairs [100]"
    queries = [row[0].strip("!") for name in ("train_100.csv", "test.csv") for row in read(name)]
    assert len(queries) == len(set(queries)) == 325
    assert {row[1] for name in ("train_100.csv", "test.csv") for row in read(name)} <= {
        r[0] for r in read("catalogue.csv")
    }
