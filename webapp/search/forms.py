"""What may be typed into the live search, and how the file of a catalogue is to be read."""

from typing import Any

from django import forms

from webapp.datasets.forms import ReadingForm
from webapp.search.models import Catalogue
from webapp.search.services import LONGEST_QUESTION

PLACEHOLDERS = {"text-image": "Describe a picture"}


class SearchForm(forms.Form):
    """The question, blanks at its ends taken off. task: of the project."""

    q = forms.CharField(
        label="What are you looking for?",
        required=False,
        max_length=LONGEST_QUESTION,
        error_messages={"max_length": f"The question is too long. Use at most {LONGEST_QUESTION:,} characters."},
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": "Type a question, as your people ask it",
                "autocomplete": "off",
                "autofocus": True,
                "spellcheck": "false",
                "enterkeyhint": "search",
            }
        ),
    )

    def __init__(self, *args: Any, task: str = "text-text", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if task in PLACEHOLDERS:
            self.fields["q"].widget.attrs["placeholder"] = PLACEHOLDERS[task]


class CatalogueReadingForm(ReadingForm):
    """How the file of a catalogue is to be read, where Tailor's guess was wrong."""

    column = forms.CharField(required=False, max_length=10_000, strip=False)

    def reading_of(self, catalogue: Catalogue) -> dict[str, Any]:
        """The fields of Catalogue that change. A column is one of those that were read this way."""
        reading, choices = self.reading(), catalogue.facts.get("choices", {})
        same = (
            reading["encoding"] == catalogue.encoding
            and reading["sheet"] == choices.get("sheet", "")
            and reading["has_header"] == choices.get("has_header")
        )
        return {**reading, "column": self.cleaned_data["column"] if same else ""}
