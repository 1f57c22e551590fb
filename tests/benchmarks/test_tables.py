from benchmarks.comparison.tables import markdown
from tests.benchmarks.measurements import measured, results_of


def cells(table: str, *beginning: str) -> list[str]:
    (line,) = (line for line in table.splitlines() if line.startswith("| " + " | ".join(beginning) + " |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_one_table_a_size_with_every_column() -> None:
    results = results_of(
        measured("base", 0.4),
        measured("st", 0.5, seconds=20.0),
        measured("st-best", 0.6),
        measured("balanced", 0.55, seconds=5.0),
        measured("balanced", 0.7, size=1_000),
    )
    table = markdown(results)
    assert table.index("### 300 training pairs") < table.index("### 1,000 training pairs")
    small = table[: table.index("### 1,000")]
    assert cells(small, "a", "base model")[2:5] == ["1", "0.400", ""]
    assert cells(small, "a", "Tailor *Balanced*")[2:] == [
        *("1", "0.550", "+0.150", "1.50", "5.0", "0.25", "8.0", "1.00"),
        *("1,000 (1,200)", "-0.050 [-0.050, -0.050]", "**yes**"),
    ]


def test_every_single_run_counts_for_never_worse() -> None:
    results = results_of(
        measured("quick", 0.396, seed=0),
        measured("quick", 0.45, seed=1),
        measured("quick", 0.394, seed=2, name="b", shuffled=True),
        measured("bm25", 0.1),
    )
    table = markdown(results)
    assert cells(table, "Tailor *Quick*", "right")[2:] == ["2", "-0.0040", "a, 300 pairs, seed 0", "0"]
    assert cells(table, "Tailor *Quick*", "shuffled")[2:] == ["1", "-0.0060", "b, 300 pairs, seed 2", "1"]
    assert "BM25" not in table[table.index("### Every single run") :]


def test_tells_the_mean_of_the_sets_own_ratios_too() -> None:
    results = results_of(
        measured("st", 0.41, name="a"),
        measured("quick", 0.43, name="a"),
        measured("st", 0.50, name="b"),
        measured("quick", 0.50, name="b"),
    )
    assert "own ratios of gains: Tailor *Quick* 2.00." in markdown(results)  # (3 + 1) / 2; the mean gains' is 1.18
