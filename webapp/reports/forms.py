"""The controls of the question explorer and of the page that compares runs."""

from collections.abc import Sequence
from typing import Any

from django import forms

from webapp.bridge import comparable_metrics, task_words
from webapp.reports.questions import Outcome, Sort
from webapp.reports.words import plain_name, technical_name
from webapp.runs.models import Run


class ExplorerForm(forms.Form):
    """Which questions to show, in which order. What is not understood falls back to the default."""

    show = forms.ChoiceField(label="Show", choices=[("", "All"), *Outcome.choices], required=False)
    text = forms.CharField(label="Find", required=False, max_length=200)
    sort = forms.ChoiceField(label="Order", choices=Sort.choices, required=False)

    def clean_sort(self) -> str:
        """Biggest gains first, unless asked otherwise."""
        return self.cleaned_data["sort"] or Sort.GAINS

    @property
    def chosen(self) -> dict[str, str]:
        """The valid choices by field."""
        self.is_valid()
        defaults = {"show": "", "text": "", "sort": Sort.GAINS.value}
        return {**defaults, **self.cleaned_data}


class CompareForm(forms.Form):
    """Which runs to compare, and the measure that the chart shows. What is not understood counts as not chosen."""

    run = forms.MultipleChoiceField(label="Runs", required=False)
    metric = forms.ChoiceField(label="Measure in the chart", required=False)

    def __init__(self, data: Any, *, runs: Sequence[Run]) -> None:
        super().__init__(data)
        self.fields["run"].choices = [(str(run.number), str(run)) for run in runs]  # type: ignore[attr-defined]
        words = task_words(runs[0].project.task if runs else "text-text")
        names = [(name, f"{plain_name(name, words)} ({technical_name(name)})") for name in comparable_metrics()]
        self.fields["metric"].choices = names  # type: ignore[attr-defined]

    @property
    def chosen_runs(self) -> list[int]:
        """Numbers of the chosen runs; those that do not exist are passed over."""
        known = {value for value, _ in self.fields["run"].choices}  # type: ignore[attr-defined]
        return [int(value) for value in self.data.getlist("run") if value in known]  # type: ignore[attr-defined]

    @property
    def chosen_metric(self) -> str:
        """The metric, empty when none was chosen."""
        self.is_valid()
        return str(self.cleaned_data.get("metric", ""))
