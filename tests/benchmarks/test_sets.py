import csv
from pathlib import Path

import pytest

from benchmarks.comparison.sets import find_sets, read_split, shuffle_documents, sizes_of, write_sample_set
from trainer.data.pairs import SplitDataset, SplitKind


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
    with pytest.raises(ValueError, match="no data set at all"):
        find_sets(tmp_path)


def test_the_test_file_judges_and_the_seed_draws_the_choosing_questions(sample: Path) -> None:
    first, again, other = (read_split(sample, 100, seed) for seed in (0, 0, 1))
    with (sample / "test.csv").open(newline="") as file:
        test = {(row["query"], row["document"]) for row in csv.DictReader(file)}
    assert first.kind is SplitKind.OWN_TEST
    assert set(pairs(first, first.test)) == set(pairs(other, other.test)) == test
    assert first.validation == again.validation != other.validation
    assert {*first.train, *first.validation} == {*other.train, *other.validation}


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
