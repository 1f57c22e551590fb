"""Which test questions count as one."""

from trainer.config import Task
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.data.query_groups import alike_queries


def groups(
    queries: list[str], test: int, task: Task = Task.TEXT_TEXT, alike: dict[str, str] | None = None
) -> list[int]:
    """Of the last `test` queries."""
    names = [f"q{number}" for number in range(len(queries))]
    data = PairDataset(
        dict(zip(names, queries, strict=True)),
        {"d": "item"},
        {name: {"d": 1.0} for name in names},
        task=task,
        alike=alike or {},
    )
    learn, judge = tuple(names[:-test]), tuple(names[-test:])
    split = SplitDataset(data, learn, (), judge, SplitKind.NEW_QUESTIONS, 0, frozenset(), {})
    found = alike_queries(split)
    assert list(found) == list(judge)
    return list(found.values())


def test_spellings_count_as_one_and_only_among_those_that_judge() -> None:
    assert groups(["reset password?", "Reset password", "change address", "password reset"], 3) == [0, 1, 0]


def test_what_differs_by_a_number_is_another_question() -> None:
    long = "pressure ulcer of the left heel, unspecified part of the foot, stage"
    assert groups([f"{long} 1", f"{long} 2", f"{long} 1."], 3) == [0, 1, 0]


def test_pictures_that_look_alike_count_as_one() -> None:
    photos = ["photo1", "photo2", "photo3"]
    assert groups(photos, 3, Task.IMAGE_IMAGE, alike={"photo3": "photo1"}) == [0, 1, 0]
