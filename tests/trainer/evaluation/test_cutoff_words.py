import pytest

from tests.trainer.evaluation.factory import make_report
from trainer.evaluation.cutoff_words import cutoff_words
from trainer.export.card import measured
from trainer.report import Report
from trainer.report_figures import CutOff

CUTOFF = CutOff(places=10, score=0.71, target=0.95, results=240, right=237, questions=180, low=0.953)


def with_cutoff(**changes: float) -> Report:
    report = make_report()
    report["scores"]["cutoff"] = CutOff(**{**CUTOFF, **changes})  # type: ignore[typeddict-item]
    return report


def test_says_what_can_be_relied_on_and_on_how_many_results_that_rests() -> None:
    words = cutoff_words(with_cutoff())
    assert words is not None
    assert words.headline == "A score of 0.71 or more is right 95 times in 100, or more often."
    assert words.detail.startswith(
        "Measured on the 240 results of 180 test questions with such a score, of which 237 were right; the figure is "
        "what that many can support (97.5% confidence bound 95.3%)."
    )
    assert "Items that nobody marked as right count as wrong" in words.detail


def test_first_results_alone() -> None:
    words = cutoff_words(with_cutoff(places=1, results=180, right=180))
    assert words is not None
    assert words.headline.startswith("A first result with a score of 0.71 or more is right 95 times in 100")
    assert "on the 180 first results of 180 test questions with such a score, of which all were right" in words.detail


def test_the_model_card_tells_it_or_says_that_there_is_none() -> None:
    assert "A score of 0.71 or more is right 95 times in 100" in "\n".join(measured(with_cutoff()))
    assert "No score can be relied on by itself yet." in "\n".join(measured(make_report()))  # of six questions


@pytest.mark.parametrize("measure", [cutoff_words, measured])
def test_old_reports_say_nothing_about_scores(measure: object) -> None:
    report = make_report()
    del report["scores"]
    assert "score of" not in str(measure(report)) and "relied" not in str(measure(report))  # type: ignore[operator]
