"""The question explorer's controls."""

from django import forms

from webapp.reports.questions import Outcome, Sort


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
