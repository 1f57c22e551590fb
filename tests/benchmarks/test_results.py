from pathlib import Path

from benchmarks.comparison.results import Job, System, append_result, as_line, plan, read_results
from tests.benchmarks.measurements import measured


def test_what_is_written_is_read_and_the_latest_counts(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    first, other = measured("quick", 0.5), measured("quick", 0.6, shuffled=True)
    again = measured("quick", 0.7, chosen="no hard negatives, epoch 3")
    assert read_results(file) == {}
    for measurement in (first, other, again):
        append_result(file, measurement)
    assert len(file.read_text().splitlines()) == 3
    assert read_results(file) == {again.job: again, other.job: other}


def test_a_line_that_was_cut_off_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    kept, lost, next_one = measured("st", 0.5), measured("quick", 0.5), measured("balanced", 0.5)
    append_result(file, kept)
    with file.open("a") as stream:
        stream.write(as_line(lost)[:100])
    append_result(file, next_one)
    assert list(read_results(file)) == [kept.job, next_one.job]


def test_plan_interleaves_systems_and_begins_with_another_at_each_seed() -> None:
    systems = [System.STANDARD, System.QUICK, System.BALANCED]
    jobs = plan({"a": [300], "b": [100, 300]}, [300], [0, 1], systems)
    assert [job.set for job in jobs] == ["a"] * 3 + ["b"] * 3 + ["a"] * 3 + ["b"] * 3
    assert [job.system for job in jobs[:3]] == systems
    assert [job.system for job in jobs[6:9]] == [System.QUICK, System.BALANCED, System.STANDARD]
    assert len(set(jobs)) == len(jobs)


def test_plan_measures_once_what_knows_no_seed_and_only_sizes_that_are_there() -> None:
    jobs = plan({"a": [100]}, [100, 1_000], [1, 2], [System.BASE, System.QUICK])
    assert sorted((job.system.value, job.size, job.seed) for job in jobs) == [
        ("base", 100, 0),
        ("quick", 100, 1),
        ("quick", 100, 2),
    ]


def test_plan_shuffles_only_for_the_presets() -> None:
    jobs = plan({"a": [300]}, [300], [0], list(System), shuffled=True)
    assert jobs == [Job("a", 300, 0, system, True) for system in (System.QUICK, System.BALANCED, System.THOROUGH)]
