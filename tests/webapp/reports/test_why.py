"""The sentence on why, of choices that the real rule made: candidates with given scores, chosen and told by trainer."""

import io
import re
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from openpyxl import load_workbook

from tests.trainer.test_blend import BASE, CENTRED
from tests.webapp.reports.factory import make_report
from tests.webapp.reports.rows import make_run, make_version
from tests.webapp.reports.turns import in_turns
from trainer.blend import Candidate, choose
from trainer.choices import choice_rule, told_choices
from trainer.report import Report
from trainer.validation import Scores
from webapp.accounts.models import Person
from webapp.reports.choosing import everything_tried
from webapp.reports.tried_chart import tried_chart
from webapp.reports.why import why_words
from webapp.reports.workbook import report_workbook
from webapp.reports.workbook_sheets import tried_rows
from webapp.sharing.without_texts import without_texts

ClientOf = Callable[[Person], Client]


def tuned(name: str, recipe: int, blend: float, gain: Any, dropped: bool = False, chance: Any = 0.05) -> Candidate:
    """Of these gains over BASE query by query; of the first half of them where it was dropped."""
    own = BASE + np.asarray(gain)
    asked = {f"q{n}": float(score) for n, score in enumerate(own[: 20 if dropped else 40])}
    by_chance = dict(zip(asked, np.broadcast_to(chance, BASE.shape), strict=False))
    return Candidate(f"{name}, {blend:.0%} tuned", recipe, 3, blend, 0.0, Scores(asked, by_chance), dropped)


def report_of(*candidates: Candidate, not_tried: tuple[str, ...] = (), chance: Any = 0.05) -> dict[str, Any]:
    base = tuned("base", 0, 0.0, 0.0, chance=chance)
    chosen = choose(base, candidates)
    changes = in_turns(recipe=chosen.recipe, blend=chosen.blend)
    changes |= {"epoch": chosen.epoch, "choices": told_choices([base, *candidates], chosen)}
    changes["choice_rule"] = choice_rule(base, not_tried)
    return dict(make_report([(4, 1, 1), (1, 2, None)], **changes))


HALF, WHOLE = (tuned("4 hard negatives", 1, share, 0.06 + CENTRED / 3 * share) for share in (0.5, 1.0))


def test_the_greatest_gain_with_its_interval_and_the_next() -> None:
    report = report_of(HALF, WHOLE)
    assert everything_tried(report)[1].chosen
    assert why_words(report) == (
        "Why this one: it gains 6.0 points over the base model on 40 choosing questions (95% interval +4.7 to +7.3). "
        "None of the 2 mixtures that could be chosen gains more. With the margin for chance taken off, +5.8 is left of "
        "it, and +5.4 of the next, “4 look-alikes”, 100% tuned."
    )


def test_a_greater_gain_that_was_not_chosen_is_told_with_the_reason() -> None:
    report = report_of(HALF, tuned("no hard negatives", 2, 1.0, 0.062 + CENTRED / 3))
    assert everything_tried(report)[1].chosen
    words = why_words(report)
    assert (
        "“No look-alikes”, 100% tuned, gains +6.2, the most, but is farther from the base model and less sure" in words
    )
    nearer = report_of(WHOLE, tuned("no hard negatives", 2, 0.5, 0.062 + CENTRED))
    assert everything_tried(nearer)[1].chosen
    assert "gains +6.2, the most, but is less sure: with the margin" in why_words(nearer)


def test_what_was_left_behind_or_not_tried_is_told_on_page_chart_and_sheet() -> None:
    slow = tuned("no hard negatives", 2, 0.5, 0.2 + CENTRED / 3, dropped=True)
    report = report_of(HALF, slow, not_tried=("adapter",))
    assert why_words(report).endswith(
        "“No look-alikes” was left behind after the first turn, so it was judged by that turn's 20 questions only. "
        "“Small adapter” was not tried: a way before it was clearly better than the base model already."
    )
    chart = tried_chart(report)
    assert chart and chart["wide"] and chart["columns"][4:] == ["Gain over the base", "After the margin", "Questions"]
    assert [row[1] for row in chart["rows"]] == ["", "chosen", "left behind", "not tried"]
    assert [row[-1] for row in chart["rows"]] == ["", "40", "20", ""] and chart["rows"][3][0] == "Small adapter"
    assert chart["rows"][1][2:6] == ["50%", "56.0", "+6.0 ± 1.3", "+5.8"]
    traces = {trace["name"]: trace for trace in chart["traces"]}
    assert traces["No look-alikes (left behind)"]["marker"]["symbol"].endswith("-open")
    low, high = report["choices"][1]["gain"]["ci95"]
    assert abs(traces["Chosen"]["error_y"]["array"][0] - 50 * (high - low)) < 0.01
    assert "half a standard error at 100% tuned" in chart["how"] and "with open marks" in chart["how"]
    header, base, chosen, *others = tried_rows(report)
    assert base[3:] == [None] * 6 + [""]
    gain = report["choices"][1]["gain"]
    assert chosen[3:9] == [gain["mean"], *gain["ci95"], gain["standard_error"], report["choices"][1]["adjusted"], 40]
    assert [row[-1] for row in (chosen, *others)] == ["chosen", "left behind", "not tried"] and len(header) == 10


def test_it_stands_on_the_page_in_the_file_in_the_workbook_and_behind_a_link_without_texts(
    owner: Person, client_of: ClientOf
) -> None:
    report = report_of(HALF, WHOLE)
    run = make_run(make_version(owner), cast(Report, report))
    page, file = (
        client_of(owner).get(reverse(name, args=(run.project_id, run.number))).content.decode()
        for name in ("report", "report_html")
    )
    words = why_words(report)
    assert escape(words) in page and escape(words) in file
    assert 'class="card is-wide"><figure class="figure" id="chart-tried"' in re.sub(r">\s*(?:{#.*?#})?\s*<", "><", page)
    book = load_workbook(io.BytesIO(report_workbook(report=report, headline="It is better.")))
    assert ("Why", words) in book["Summary"].iter_rows(values_only=True)
    header, base, chosen, *_ = book["What was tried"].iter_rows(values_only=True)
    assert (header[-1], base[:2], chosen[:2], chosen[-2:]) == (
        "Outcome",
        ("base model", 0),
        ("4 look-alikes", 0.5),
        (40, "chosen"),
    )
    assert why_words(without_texts(report)) == words


def test_a_kept_base_model_is_told_with_what_came_nearest() -> None:
    words = why_words(report_of(tuned("4 hard negatives", 1, 1.0, 0.005 + CENTRED), WHOLE_LOSES))
    assert words.startswith(
        "The best mixture, “4 look-alikes”, 100% tuned, gains 0.5 points over the base model on 40 "
    )
    assert words.endswith("): no more than the margin for chance.")
    assert why_words(report_of(WHOLE_LOSES)) == (
        "The one mixture that could be chosen gains nothing over the base model."
    )


WHOLE_LOSES = tuned("4 hard negatives", 1, 1.0, -0.02 + CENTRED / 3)


def test_doubtful_examples_are_told_and_what_they_ask_for() -> None:
    """The base model finds other examples' right items as well as the questions' own."""
    doubtful = tuned("4 hard negatives", 1, 1.0, 0.06 + CENTRED, chance=BASE)
    words = why_words(report_of(doubtful, chance=BASE))
    assert "must gain at least 4 standard errors, and as many more than it gains on the right items of other" in words
    assert words.startswith("The base model does not find the right items of your examples surely better")
    assert words.endswith("): not enough.") and "gains 6.0 points over the base model" in words
    sure = tuned("4 hard negatives", 1, 1.0, 0.06 + CENTRED / 30, chance=BASE)
    assert "Why this one: it gains 6.0 points" in why_words(report_of(sure, chance=BASE))


def test_reports_of_earlier_versions_say_nothing_and_keep_their_table() -> None:
    report = dict(make_report([(4, 1, 1)], **in_turns()))
    chart = tried_chart(report)
    assert why_words(report) == "" and chart and "margin" not in chart["how"]
    assert chart["columns"] == ["Way of learning", "Tuned share", "Score, points", "Chosen"]
    assert not [trace for trace in chart["traces"] if "error_y" in trace]
    assert tried_rows(report)[1][3:] == [None] * 6 + [""] and tried_rows(report)[2][-1] == "chosen"
