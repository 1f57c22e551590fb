"""The table "Smaller and faster"."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.rows import make_run, make_version
from webapp.accounts.models import Person
from webapp.reports.variants import variant_rows

ClientOf = Callable[[Person], Client]


def test_each_form_says_what_it_saves_and_costs() -> None:
    rows = variant_rows({**make_report(realistic_ranks(20))})
    whole, *sizes, int8, fused = rows
    assert (whole.vectors, whole.model, whole.sentence, whole.interval_words) == ("154 MB", "91 MB", "", "")
    assert [(row.vectors, row.model) for row in sizes] == [("102 MB", ""), ("77 MB", ""), ("51 MB", ""), ("26 MB", "")]
    assert [row.step for row in sizes] == ["−0.1", "−0.6", "−0.8", "−4.7"]
    assert [row.badge for row in rows] == ["is-gain", "is-gain", "", "", "is-loss", "is-gain", "is-gain"]
    assert (int8.model, int8.vectors, int8.speed) == ("24 MB", "", "5.2 times")
    assert (
        sizes[3].sentence == "Not worth it: clearly worse."
        and sizes[3].interval_words == "−6.7 to −2.7 points, 95% interval"
    )
    assert fused.sentence == "Worth it: clearly better."


def test_a_form_that_changes_nothing_says_so() -> None:
    report = make_report([(2, 1, 1)])
    nothing = {**report["variants"][1]["difference"], "mean": 0.0, "ci95": [0.0, 0.0]}
    same = {**report["variants"][1], "difference": nothing}
    rows = variant_rows({**report, "variants": [report["variants"][0], same]})
    assert (rows[1].step, rows[1].interval_words) == ("0.0", "the same for every question")
    assert rows[1].sentence == "Worth it: no loss to speak of."


def test_the_page_has_the_table_and_old_reports_do_without(owner: Person, client_of: ClientOf) -> None:
    report = make_report(realistic_ranks(20))

    def page_of(report: object) -> str:
        run = make_run(make_version(owner), report)  # type: ignore[arg-type]
        return client_of(owner).get(reverse("report", args=(run.project_id, run.number))).content.decode()

    page = page_of(report)
    for words in ("Smaller and faster", "Vectors cut to 64 numbers", "Not worth it: clearly worse.", "5.2 times"):
        assert words in page
    old = page_of({key: value for key, value in report.items() if key != "variants"})
    assert "Smaller and faster" not in old and "Take it" in old
