"""The verdict of a report in words for a business analyst. Light: the web process calls it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from trainer.evaluation.choosing_words import how_chosen
from trainer.evaluation.task_words import TaskWords, words_of
from trainer.report import ENOUGH_TO_JUDGE, Difference, QueryResult, Report, n_independent

METRIC = "hit@3"
"""What the sentence counts: queries with a right document in the first 3 results."""

WORTH_TELLING = 0.1
"""Share of the test queries that nearly repeat others."""

ENOUGH_CHANGED = 16
"""Where fewer questions changed, resampling them tells too little: measured, intervals that should hold the truth 95
times in 100 did so 93 times with 13 changed questions, 90 with 6, and 68 with 2."""

MOST_QUESTIONS = 5_000
"""Where more than these would be needed, the difference is too small to matter and no number is given."""


@dataclass(frozen=True)
class VerdictWords:
    """headline: the one number. detail: how sure it is. advice: what to do next."""

    headline: str
    detail: str
    advice: str


def verdict_sentence(report: Report) -> VerdictWords:
    """The verdict in three short texts. Every interval is a 95% interval over the test questions, paired."""
    if report["blend"] == 0:
        words = _kept(report)
    elif report["verdict"] == "better":
        words = _better(report)
    elif report["verdict"] == "worse":
        words = _worse(report)
    else:
        words = _same(report)
    return VerdictWords(
        words.headline, words.detail, " ".join(part for part in (words.advice, *_cautions(report)) if part)
    )


def group_verdict(report: Report, group: str) -> tuple[str, str]:
    """The verdict on `known_items` or `new_items` alone: (better, same or worse; a short sentence).

    Too few questions are not judged: ("", why). It claims less than the whole verdict: the interval says all there is.
    """
    difference, words = report["difference_by_group"].get(group), words_of(report)
    n = n_independent(difference) if difference else report["after"][group]["n"]
    if report["blend"] == 0:
        return "same", "The same model before and after."
    if difference is None or n < ENOUGH_TO_JUDGE:
        count = f"{n:,} {words.question if n == 1 else words.questions}"
        return "", f"Not judged: with {count} a change may well be chance. {ENOUGH_TO_JUDGE} are the least."
    low, high = difference["ci95"]
    if low > 0 and difference["p_value"] < 0.05:
        return "better", "Better, and more than chance."
    if high < 0:
        return "worse", "Worse: here the base model does better."
    more = questions_needed(difference)
    label = f" Label about {more:,} more such {words.questions} to settle it." if more else ""
    return "same", f"Too close to call.{label}"


def chance_words(difference: Difference) -> str:
    """The p-value in plain words: how often chance alone would make a difference of this size."""
    p_value = difference["p_value"]
    if p_value < 0.001:
        often = "less than once in 1,000 times"
    elif p_value <= 0.5:
        often = f"about once in {round(1 / p_value):,} times"
    else:
        often = "more often than not"
    written = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"
    written = written.replace(" ", "\N{NO-BREAK SPACE}")
    return f"If learning had changed nothing, chance alone would make a difference of this size {often} ({written})."


def questions_needed(difference: Difference) -> int | None:
    """How many more test questions would settle a difference of this size, rounded up; None when hopelessly many.

    The interval narrows with the square root of the number of questions: n · (half its width / mean)².
    """
    low, high = difference["ci95"]
    if difference["mean"] == 0 or low == high:
        return None
    n = n_independent(difference)
    needed = n * ((high - low) / 2 / difference["mean"]) ** 2
    more = max(needed - n, 0.1 * n)
    step = 10 if more < 200 else 100
    return ceil(more / step) * step if more <= MOST_QUESTIONS else None


def _better(report: Report) -> VerdictWords:
    hits, words = report["differences"][METRIC], words_of(report)
    if hits["ci95"][0] > 0:
        detail = f"This is a real improvement: {_change(hits)} in every 100 {words.questions}, {_interval(hits)}."
    else:
        detail = (
            f"This is a real improvement of the whole list: right {words.items} stand higher "
            f"({_ranking_score(report['difference'])}). The change within the first 3 results alone, "
            f"{_change(hits)} in every 100 {words.questions}, could be chance."
        )
    return VerdictWords(_headline(report), detail, "Use the tuned model.")


def _worse(report: Report) -> VerdictWords:
    quality = _ranking_score(report["difference"])
    detail = f"The tuned model is worse: right {words_of(report).items} stand lower in the lists ({quality})."
    advice = "Keep the base model. Check the examples for wrong matches, then try again with more of them."
    return VerdictWords(_headline(report), detail, advice)


def _same(report: Report) -> VerdictWords:
    difference, questions = report["difference"], words_of(report).questions
    n = report["data"]["n_test_queries"]
    detail = (
        f"Too close to call: on {n:,} test {questions} the ranking quality could have changed by chance alone "
        f"({_ranking_score(difference)})."
    )
    more = questions_needed(difference)
    if difference["mean"] <= 0:
        advice = "Keep the base model for now. More training examples may help."
    elif more is None:
        advice = "The difference is too small to matter. Keep the base model, or add training examples and run again."
    else:
        advice = f"Label about {more:,} more test {questions} to settle a difference of this size."
    return VerdictWords(_headline(report), detail, advice)


def _kept(report: Report) -> VerdictWords:
    n, questions = report["data"]["n_validation"], words_of(report).questions
    why = {
        "turns": f"no tuned version was surely better at {questions} that it had not learned from "
        f"({n:,} took turns in choosing).",
        "aside": f"no tuned version was surely better at the {n:,} {questions} set aside for choosing.",
        "none": "there were too few examples to choose a tuned version by.",
    }[how_chosen(report)]
    advice = "Add more training examples, check them for wrong matches, or try another base model."
    return VerdictWords(_headline(report), f"The base model is kept unchanged: {why}", advice)


def _headline(report: Report) -> str:
    n, words = report["data"]["n_test_queries"], words_of(report)
    before, after = (round(report[name][METRIC] * n) for name in ("before", "after"))
    earlier = "before it was the same" if before == after else f"before it was {before:,}"
    return words.say(f"{{Right_item}} is in the first 3 results for {after:,} of {n:,} {{questions}}; {earlier}.")


def _count_independent(queries: Iterable[QueryResult]) -> int:
    """Of those that ask nearly the same, one."""
    return len({("alike", query["alike"]) if "alike" in query else query["id"] for query in queries})


def _on_the_interval(queries: Sequence[QueryResult], words: TaskWords) -> list[str]:
    """What makes it less sure than so many test queries look."""
    cautions, questions = [], words.questions
    changed = [query for query in queries if query["before"]["ndcg"] != query["after"]["ndcg"]]
    if 0 < (count := _count_independent(changed)) < ENOUGH_CHANGED:
        which = "changed at all" if count == len(changed) else "(not counting repetitions) changed at all"
        cautions.append(
            f"Only {count} test {words.question if count == 1 else questions} {which}, so the interval is rough."
        )
    independent = _count_independent(queries)
    if (repeated := len(queries) - independent) >= max(2, WORTH_TELLING * len(queries)):
        cautions.append(
            f"{repeated:,} of the {len(queries):,} test {questions} nearly repeat another one. Each counts together "
            f"with the one that it repeats, which leaves {independent:,} to judge by."
        )
    return cautions


def _cautions(report: Report) -> list[str]:
    """What a single verdict would hide: what needs no training ahead, new items that lost or were hardly asked for."""
    cautions, words = [], words_of(report)
    if report["blend"] > 0:
        cautions += _on_the_interval(report["queries"], words)
    keyword = report.get("keyword")
    if keyword and keyword["ndcg@10"] > report["after"]["ndcg@10"]:
        n = report["data"]["n_test_queries"]
        cautions.append(
            "Note that a plain keyword search ranks better than this model here: "
            f"it has the right item in its first 3 results for {round(keyword[METRIC] * n):,} of {n:,} questions."
        )
    by_names = report.get("zero_shot")
    if by_names and by_names["ndcg@10"] > report["after"]["ndcg@10"]:
        n = report["data"]["n_test_queries"]
        cautions.append(
            words.say(
                "Note that without any training, by the names of the labels alone, the base model ranks better than "
                f"this one here: it has {{right_item}} in its first 3 results for {round(by_names[METRIC] * n):,} of "
                f"{n:,} {{questions}}."
            )
        )
    new_items = report["difference_by_group"].get("new_items")
    if report["blend"] > 0 and report["verdict"] != "worse" and new_items and new_items["ci95"][1] < 0:
        cautions.append(
            words.say(
                "{Questions} about {subjects} without a training example got worse; add examples for such {subjects}."
            )
        )
    n_new = report["after"].get("new_items", {}).get("n", 0)
    if report["verdict"] == "better" and 0 < n_new < ENOUGH_TO_JUDGE:
        cautions.append(
            f"Only {n_new} of the test {words.questions} {'is' if n_new == 1 else 'are'} about {words.subjects} "
            f"without a training example: how well it finds such {words.subjects} is not shown."
        )
    return cautions


def _change(hits: Difference) -> str:
    return _signed(100 * hits["mean"], 0)


def _interval(hits: Difference) -> str:
    """In whole questions of 100; with a decimal where an end that is not 0 would be written as 0."""
    digits = 1 if any(0 < abs(end) < 0.005 for end in hits["ci95"]) else 0
    low, high = (_signed(100 * end, digits) for end in hits["ci95"])
    return f"95% interval {low} to {high}"


def _ranking_score(difference: Difference) -> str:
    low, high = difference["ci95"]
    step, least, most = (_signed(100 * value, 1) for value in (difference["mean"], low, high))
    return f"ranking quality, nDCG@10, {step} points of 100, 95% interval {least} to {most}"


def _signed(value: float, digits: int) -> str:
    """With a sign, and a true minus; a value that rounds to 0 has none."""
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return "0"
    return ("+" if value > 0 else "−") + text
