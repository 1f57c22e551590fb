"""The suggested cut-off of a report in words. Light: the web process calls it."""

from dataclasses import dataclass

from trainer.evaluation.task_words import words_of
from trainer.report import Report


@dataclass(frozen=True)
class CutoffWords:
    """headline: what may be relied on. detail: how many results say so, and what that leaves open."""

    headline: str
    detail: str


def cutoff_words(report: Report) -> CutoffWords | None:
    """None for reports that did not look at scores."""
    scores = report.get("scores")
    if scores is None:
        return None
    words = words_of(report)
    unjudged = words.say("{Items} that nobody marked as right count as wrong, so the true share may be higher.")
    cutoff = scores.get("cutoff")
    if cutoff is None:
        return CutoffWords(
            "No score can be relied on by itself yet.",
            f"The test {words.questions} support no cut-off above which at least 80 of 100 results are right: there "
            f"are too few of them, or right and wrong results have much the same scores. {unjudged}",
        )
    first = cutoff["places"] == 1
    results = "first results" if first else "results"
    all_of_them = cutoff["right"] == cutoff["results"]
    counted = "all were right" if all_of_them else f"{cutoff['right']:,} were right"
    return CutoffWords(
        f"{'A first result with a' if first else 'A'} score of {cutoff['score']:.2f} or more is right "
        f"{cutoff['target'] * 100:.0f} times in 100, or more often.",
        f"Measured on the {cutoff['results']:,} {results} of {cutoff['questions']:,} test {words.questions} with such "
        f"a score, of which {counted}; the figure is what that many can support (97.5% confidence bound "
        f"{cutoff['low'] * 100:.1f}%). It holds for {words.questions} like these. {unjudged}",
    )
