"""What may be typed into the live search."""

from typing import Any

from django import forms

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
