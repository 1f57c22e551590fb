"""Durations, places in line and settings in words."""

from dataclasses import fields

import pytest

from trainer.config import FinetuneConfig, Loss
from trainer.data.folds import MOST_OF_FEW
from trainer.pictures.recipes import EPOCHS, LAYERS_RATE, USUAL_BATCH
from trainer.pictures.stages import FOLDS_OF_LABELS, FOLDS_OF_PAIRS
from trainer.recipes import recipes_of
from webapp.runs.setting_words import (
    PICTURE_SETTINGS,
    SETTINGS,
    SIMILAR_PICTURES_ONLY,
    setting_rows,
    settings_of,
    value_words,
)
from webapp.runs.words import duration_words, position_words, range_words, time_left_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (7, "7 seconds"),
        (43, "45 seconds"),
        (89, "1 minute"),
        (150, "2 minutes"),
        (3600, "1 hour"),
        (4200, "1 hour 10 minutes"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_ranges() -> None:
    assert range_words(120, 240) == "2 to 4 minutes"
    assert range_words(45, 130) == "45 seconds to 2 minutes"
    assert range_words(60 * 3, 60 * 3.1) == "about 3 minutes"
    assert range_words(3600, 4200) == "1 hour to 1 hour 10 minutes"


def test_time_left() -> None:
    assert time_left_words(None) == ""
    assert time_left_words(1) == "almost done"
    assert time_left_words(95) == "about 2 minutes left"


def test_places_in_line() -> None:
    assert [position_words(place) for place in (0, 1, 2, 3, 11, 23)] == [
        "Next in line",
        "Next in line",
        "2nd in line",
        "3rd in line",
        "11th in line",
        "23rd in line",
    ]


def test_every_setting_has_its_words() -> None:
    known = {field.name for field in fields(FinetuneConfig)} - {"preset", "seed"}
    assert {words.name for words in SETTINGS} == known
    assert all(words.sentence.endswith(".") for words in SETTINGS)


def test_every_loss_can_be_chosen_and_is_told_in_words() -> None:
    (loss,) = [words for words in settings_of("text-text") if words.name == "loss"]
    assert {value for value, _ in loss.choices} == set(Loss) - {Loss.ARC_FACE}
    by_task = {task: next(s for s in settings_of(task) if s.name == "loss") for task in ("text-image", "image-image")}
    assert by_task["text-image"].choices[0] == loss.choices[0]
    assert {value for value, _ in by_task["image-image"].choices} == set(Loss) - {Loss.COSENT}
    assert setting_rows({"loss": "cosent"}, "text-text") == [(loss, dict(loss.choices)["cosent"])]


def test_what_pictures_do_otherwise_is_told_with_its_numbers() -> None:
    said = {words.name: words.sentence for words in settings_of("image-image")}
    assert (
        f"at least {FOLDS_OF_LABELS} where pictures have labels, at least {FOLDS_OF_PAIRS} where not" in said["folds"]
    )
    assert EPOCHS == 3 and "three times as often" in said["epochs"]
    assert f"less than {USUAL_BATCH}" in said["batch_size"]
    assert LAYERS_RATE == 1.5 and "one and a half times" in said["learning_rate"]


def test_what_few_examples_and_no_look_alikes_change_is_told() -> None:
    said = {words.name: words.sentence for words in settings_of("text-text")}
    assert f"up to {MOST_OF_FEW} even" in said["folds"]
    with_look_alikes, without = recipes_of(FinetuneConfig(epochs=4, batch_size=16, try_without=True))
    assert (without.config.epochs, without.config.batch_size) == (2.5 * 4, 2.5 * with_look_alikes.config.batch_size)
    assert "two and a half times as many passes" in said["epochs"]


def test_values() -> None:
    assert [value_words(value) for value in (1e-4, True, None, (0.0, 0.5, 1.0), 64)] == [
        "0.0001",
        "yes",
        "the base model’s own",
        "0, 0.5, 1",
        "64",
    ]


def test_runs_about_pictures_have_no_settings_of_texts_and_speak_of_pictures() -> None:
    of_texts = [words.name for words in SETTINGS if words.name != SIMILAR_PICTURES_ONLY]
    assert [words.name for words in settings_of("text-text")] == of_texts
    for task in ("text-image", "image-image"):
        settings = settings_of(task)
        left_out = set() if task == "image-image" else {SIMILAR_PICTURES_ONLY}
        assert {words.name for words in settings} == set(PICTURE_SETTINGS) - left_out
        told = " ".join(words.label + words.sentence for words in settings)
        assert "each search with more pictures" in told
        assert not {"question", "questions", "item", "items", "{item}"} & set(told.replace(",", " ").split())
    assert setting_rows({"max_tokens": 64, "epochs": 3}, "image-image")[0][1] == "3"
    assert len(setting_rows({"max_tokens": 64, "epochs": 3}, "image-image")) == 1
    assert setting_rows({"tune": "everything"}, "text-image")[0][1] == "Its own layers, and a small one on top"
