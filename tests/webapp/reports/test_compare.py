"""Compare runs: who may, what it says of real and of chance differences, and when it refuses to compare."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.reports.factory import Ranks, make_report, realistic_ranks
from tests.webapp.reports.rows import make_run, make_version
from webapp.accounts.models import Person
from webapp.datasets.models import DatasetVersion
from webapp.reports.comparing import DECIDING, compare, which_to_ship
from webapp.runs.models import Run

ClientOf = Callable[[Person], Client]
BASE = realistic_ranks(80)


def tuned(share: float, seed: int = 0) -> list[Ranks]:
    """BASE with the right item of this share of questions moved to the top."""
    source = random.Random(seed)
    return [(before, 1 if source.random() < share else after, keyword) for before, after, keyword in BASE]


def unchanged(ranks: Sequence[Ranks]) -> list[Ranks]:
    return [(before, before, keyword) for before, _, keyword in ranks]


@pytest.fixture
def version(owner: Person) -> DatasetVersion:
    """Ready data of the owner."""
    return make_version(owner)


def page_of(client: Client, version: DatasetVersion, query: str = "") -> str:
    answer = client.get(reverse("compare_runs", args=(version.project_id,)) + query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_only_who_may_see_the_project_compares_its_runs(
    version: DatasetVersion, owner: Person, teammate: Person, outsider: Person, client_of: ClientOf
) -> None:
    for _ in range(2):
        make_run(version, make_report(BASE))
    address = reverse("compare_runs", args=(version.project_id,))
    assert "Which one to ship" in page_of(client_of(owner), version)
    assert client_of(teammate).get(address).status_code == 404
    assert client_of(outsider).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert address in client_of(owner).get(reverse("project_detail", args=(version.project_id,))).content.decode()


def test_a_clear_winner_is_named(version: DatasetVersion, owner: Person, client_of: ClientOf) -> None:
    make_run(version, make_report(BASE))
    make_run(version, make_report(tuned(0.9)), preset="thorough")
    page = page_of(client_of(owner), version)
    assert "Ship run 2." in page
    assert "its lead over the other run is real" in page
    assert "All were judged by the same 80 test questions of data version 1." in page
    assert "3 comparisons are made here" in page
    assert "Thorough" in page.partition("What was done differently")[2]


def test_a_lead_that_could_be_chance_is_called_so(version: DatasetVersion, owner: Person, client_of: ClientOf) -> None:
    make_run(version, make_report(tuned(0.5, seed=1)))
    make_run(version, make_report(tuned(0.5, seed=2)))
    page = page_of(client_of(owner), version)
    assert "may be just as good" in page
    assert "Could be chance" in page


def test_runs_without_a_lead_are_not_said_to_have_one(
    version: DatasetVersion, owner: Person, client_of: ClientOf
) -> None:
    for _ in range(2):
        make_run(version, make_report(tuned(0.9)))
    page = page_of(client_of(owner), version)
    assert "Run 1 and run 2 are equally good: ship whichever you like." in page
    assert "its lead over" not in page


def test_runs_that_beat_no_base_model_are_not_shipped(
    version: DatasetVersion, owner: Person, client_of: ClientOf
) -> None:
    make_run(version, make_report(unchanged(BASE), verdict="same", blend=0.0))
    make_run(version, make_report([*unchanged(BASE)[1:], (3, 2, None)], verdict="same"))
    assert "Keep the base model: no run is surely better than it." in page_of(client_of(owner), version)


def test_values_and_differences_are_those_of_the_reports(version: DatasetVersion) -> None:
    reports: list[Any] = [make_report(BASE), make_report(tuned(0.4))]
    chosen = [(make_run(version, report), report) for report in reports]
    comparison = compare(chosen, "hit@5")
    labels = ["Run 1", "Run 2", "Base model: MiniLM L6 (English)", "Keyword search"]
    assert [system.label for system in comparison.systems] == labels
    for metric in ("hit@5", "hit@10", "mrr@10"):
        means = [mean for mean, _, _ in comparison.values[metric]]
        wanted = [reports[0]["after"], reports[1]["after"], reports[0]["before"], reports[0]["keyword"]]
        assert means == pytest.approx([system[metric] for system in wanted])
    steps = [
        new["after"]["ndcg"] - old["after"]["ndcg"]
        for old, new in zip(reports[0]["queries"], reports[1]["queries"], strict=True)
    ]
    assert comparison.leads[0].mean == pytest.approx(abs(sum(steps)) / 80)
    assert comparison.level == pytest.approx(1 - 0.05 / 3)
    assert comparison.basis.kind == "same"


def test_questions_that_repeat_each_other_count_as_one(version: DatasetVersion) -> None:
    widths = []
    for size in (1, 4):
        reports: list[Any] = [make_report(BASE), make_report(tuned(0.4))]
        for report in reports:
            for number, query in enumerate(report["queries"]):
                query["alike"] = number // size
        comparison = compare([(make_run(version, report), report) for report in reports])
        (_, low, high), lead = comparison.values[DECIDING][0], comparison.leads[0]
        widths.append((high - low, lead.high - lead.low))
    assert widths[0] != pytest.approx(widths[1], rel=0.01)  # other clusters, other spread, of means and of leads
    assert widths[0][1] != pytest.approx(widths[1][1], rel=0.01)


def test_other_test_questions_are_compared_on_the_common_ones_or_not_at_all(
    version: DatasetVersion, owner: Person, client_of: ClientOf
) -> None:
    second = DatasetVersion.objects.create(
        project=version.project, number=2, examples=version.examples, status="done", receipt=version.receipt
    )
    make_run(version, make_report(BASE))
    half: Any = make_report(tuned(0.9))
    half["queries"] = half["queries"][:40]
    half["data"] = {**half["data"], "n_documents": 90}
    make_run(second, half)
    page = page_of(client_of(owner), version)
    assert "judged on different test questions" in page
    assert "compared on the 40 questions that judged all of them" in page
    assert "different numbers of items (60 and 90)" in page
    assert "Base model: MiniLM L6 (English), data version 2" in page
    other: Any = make_report(BASE)
    for number, query in enumerate(other["queries"]):
        query["query"] = query["query"] if number < 7 else f"new {query['query']}"
    make_run(second, other)
    page = page_of(client_of(owner), version, "?run=1&run=3")
    assert "These runs cannot be compared: they were judged on different test questions, with only 7 of them" in page
    assert "Is the difference real?" not in page
    assert "Data version" in page.partition("What was done differently")[2]


def test_at_first_the_newest_runs_on_the_same_data_are_compared(
    version: DatasetVersion, owner: Person, client_of: ClientOf
) -> None:
    second = DatasetVersion.objects.create(
        project=version.project, number=2, examples=version.examples, status="done", receipt=version.receipt
    )
    make_run(version, make_report(BASE))
    make_run(second, make_report(BASE))
    make_run(version, make_report(BASE))
    make_run(second, make_report(BASE))
    page = page_of(client_of(owner), version)
    assert [number for number in range(1, 5) if f'value="{number}" checked' in page] == [2, 3, 4]


def test_what_is_not_understood_is_passed_over(version: DatasetVersion, owner: Person, client_of: ClientOf) -> None:
    client = client_of(owner)
    assert "Two finished runs are needed; this project has none." in page_of(client, version)
    for _ in range(2):
        make_run(version, make_report(BASE))
    assert "Choose two runs or more" in page_of(client, version, "?run=1&run=9&run=x")
    page = page_of(client, version, "?run=1&run=2&metric=<script>")
    assert "Which one to ship" in page and "&lt;script" not in page
    assert 'value="ndcg@10" selected' in page
    assert "Right item among the first 5: Run" in page_of(client, version, "?run=1&run=2&metric=hit@5")


def test_a_lost_report_and_too_many_runs_are_said(version: DatasetVersion, owner: Person, client_of: ClientOf) -> None:
    runs = [make_run(version, make_report(realistic_ranks(20, seed=seed))) for seed in range(8)]
    every = "?" + "&".join(f"run={run.number}" for run in runs)
    page = page_of(client_of(owner), version, every)
    assert "More than 6 runs at once" in page
    assert "Run 2" not in page.partition("Is the difference real?")[2]
    gone: Run = runs[7]
    gone.report.storage.delete(str(gone.report.name))
    assert "The report of run 8 is missing or damaged" in page_of(client_of(owner), version, "?run=7&run=8&run=6")


def test_the_winner_among_equals_with_the_base_is_never_ship(version: DatasetVersion) -> None:
    """Ten pairs of runs that are pure noise around the base model: none is called surely better."""
    for seed in range(10):
        source = random.Random(seed)
        noisy = [
            [(rank, max(1, (rank or 50) + source.choice((-1, 0, 1))), None) for rank, _, _ in BASE] for _ in range(2)
        ]
        reports: list[Any] = [make_report(ranks) for ranks in noisy]
        chosen = [(Run(number=at + 1, dataset=version), report) for at, report in enumerate(reports)]
        choice = which_to_ship(chosen, compare(chosen, DECIDING))
        assert choice and choice.state == "kept", seed
