import csv
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.comparison.sets import find_sets, hold_out, read_split, shuffle_documents, sizes_of, write_sample_set
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind

WORDS = """pencils ladders violins anchovies helicopters bandages umbrellas tractors cement wigs daffodils keyboards
saddles thermometers curtains fireworks trumpets oysters mattresses passports""".split()  # noqa: SIM905  easier to read


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample_set(tmp_path_factory.mktemp("sets"))


def pairs(split: SplitDataset, query_ids: tuple[str, ...]) -> list[tuple[str, str]]:
    data = split.data
    return [(data.queries[q], data.documents[d]) for q in query_ids for d in data.relevance[q]]


def test_finds_sets_and_their_sizes(sample: Path, tmp_path: Path) -> None:
    assert find_sets(sample.parent) == find_sets(sample.parent, ["sample"]) == [sample]
    assert sizes_of(sample) == [100]
    with pytest.raises(ValueError, match=r"no data set other in .*train_100.csv"):
        find_sets(sample.parent, ["other"])
    with pytest.raises(ValueError, match="no data set of texts"):
        find_sets(tmp_path)


def test_passes_over_sets_of_pictures(tmp_path: Path) -> None:
    texts = write_sample_set(tmp_path)
    for name, heading in (("emoji", "text,image"), ("fashion", "\ufeffimage,label"), ("art", '"image","text"')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "test.csv").write_text(f"{heading}\n", encoding="utf-8")
    assert find_sets(tmp_path) == [texts]
    with pytest.raises(ValueError, match="no data set emoji in"):
        find_sets(tmp_path, ["emoji"])


def test_the_test_file_alone_judges(sample: Path) -> None:
    first, other = (read_split(sample, 100, seed) for seed in (0, 1))
    with (sample / "test.csv").open(newline="") as file:
        test = {(row["query"], row["document"]) for row in csv.DictReader(file)}
    assert first.kind is SplitKind.OWN_TEST
    assert set(pairs(first, first.test)) == set(pairs(other, other.test)) == test
    assert {*first.train, *first.validation} == {*other.train, *other.validation}


def test_holds_out_a_fifth_with_near_identical_queries_on_one_side() -> None:
    queries = {f"q{n}": f"how do I order {WORDS[n // 2]} {'?' * (n % 2)}".strip() for n in range(40)}
    data = PairDataset(queries, {"d": "order"}, {name: {"d": 1.0} for name in queries})
    whole = SplitDataset(data, tuple(queries), (), (), SplitKind.OWN_TEST, 0, frozenset(), {})
    learning, choosing = hold_out(whole, 0)
    assert sorted(learning + choosing) == sorted(queries)
    assert len(choosing) == 8
    assert not {queries[name].strip(" ?") for name in learning} & {queries[name].strip(" ?") for name in choosing}
    assert hold_out(whole, 0) == (learning, choosing) != hold_out(whole, 1)
    given = replace(whole, train=tuple(learning), validation=tuple(choosing))
    assert hold_out(given, 5) == (learning, choosing)


def test_shuffled_matches_are_the_same_texts_wrongly_paired(sample: Path) -> None:
    right, wrong = read_split(sample, 100, 0), read_split(sample, 100, 0, shuffled=True)
    learned, shuffled = (set(pairs(s, s.train + s.validation)) for s in (right, wrong))
    assert {query for query, _ in learned} == {query for query, _ in shuffled}
    assert {document for _, document in learned} == {document for _, document in shuffled}
    assert len(learned & shuffled) < len(learned) / 4
    assert set(pairs(right, right.test)) == set(pairs(wrong, wrong.test))
    assert list(right.data.documents.values()) != []


def test_shuffling_repeats_by_seed() -> None:
    rows = [[f"q{number}", f"d{number}"] for number in range(50)]
    assert shuffle_documents(rows, 1) == shuffle_documents(rows, 1) != shuffle_documents(rows, 2)
    assert sorted(document for _, document in shuffle_documents(rows, 1)) == sorted(document for _, document in rows)
