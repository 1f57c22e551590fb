"""What a new share link allows."""

from typing import Any

from django import forms

from webapp.sharing.services import DAYS


class ShareForm(forms.Form):
    """For whom, for how long, and what can be seen. Search and blind test show texts, so they bring these along."""

    name = forms.CharField(label="For whom", max_length=100, required=False)
    days = forms.TypedChoiceField(label="Works for", choices=[(days, f"{days} days") for days in DAYS], coerce=int)
    with_texts = forms.BooleanField(label="With the texts of the data", required=False)
    with_search = forms.BooleanField(label="Live search", required=False)
    with_blind_test = forms.BooleanField(label="Blind test", required=False)

    def clean(self) -> dict[str, Any]:
        """Refuses a search or a blind test without the texts: what they show is texts."""
        given: dict[str, Any] = super().clean() or {}
        for name, what in (("with_search", "The live search"), ("with_blind_test", "The blind test")):
            if given.get(name) and not given.get("with_texts"):
                self.add_error(name, f"{what} shows texts of the data: allow these too, or leave it out.")
        return given
