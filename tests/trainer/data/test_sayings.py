"""Texts that say the same."""

from trainer.data.sayings import sayings


def test_texts_without_letters_are_told_apart() -> None:
    assert len(set(sayings({"x": "★★", "y": "★", "z": "?"}).values())) == 3


def test_spellings_say_the_same_and_numbers_do_not() -> None:
    said = sayings({"a": "Café chairs", "b": "cafe  chairs!", "c": "Café chairs 2", "d": "Tables"})
    assert said["a"] == said["b"]
    assert len({said["a"], said["c"], said["d"]}) == 3
