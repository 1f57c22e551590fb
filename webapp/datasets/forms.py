"""Forms about files and data versions. They turn what a browser sends into the services' types."""

from typing import Any, cast

from django import forms

from webapp.bridge import role_words
from webapp.datasets.models import Purpose, Upload
from webapp.datasets.selectors import usable_uploads
from webapp.projects.models import Project

ROLES_OF_PURPOSE = {
    Purpose.EXAMPLES: ("query", "document", "negative", "label", "score", "segment", "split", "ignore"),
    Purpose.QUESTIONS: ("query", "document", "label", "score", "segment", "ignore"),
    Purpose.CATALOGUE: ("document", "label", "ignore"),
}
"""Which roles a column can have in a file of each purpose."""


class UploadForm(forms.Form):
    """What a file is for. The file itself is `incoming_file`'s, for there may be many.

    arrived: the key of a file that came in parts before; blank when the file is in the form.
    """

    purpose = forms.ChoiceField(choices=Purpose.choices)
    arrived = forms.CharField(required=False, max_length=32)

    def clean_purpose(self) -> Purpose:
        """As the enumeration."""
        return Purpose(self.cleaned_data["purpose"])


class ReadingForm(forms.Form):
    """How a file is to be read, where Tailor's guess was wrong."""

    encoding = forms.CharField(required=False, max_length=40)
    sheet = forms.CharField(required=False, max_length=1000, strip=False)
    header = forms.ChoiceField(required=False, choices=[("yes", "yes"), ("no", "no")])

    def reading(self) -> dict[str, Any]:
        """The fields of Upload that change."""
        header = self.cleaned_data["header"]
        return {
            "encoding": self.cleaned_data["encoding"],
            "sheet": self.cleaned_data["sheet"],
            "has_header": (header == "yes") if header else None,
        }


class RolesForm(forms.Form):
    """A menu for each column of a read file."""

    def __init__(self, upload: Upload, data: Any = None) -> None:
        super().__init__(data)
        self.columns: list[str] = [column["name"] for column in upload.preview.get("columns", [])]
        known = role_words(upload.project.task)
        words = [(role, known[role]) for role in ROLES_OF_PURPOSE[Purpose(upload.purpose)] if role in known]
        for position, column in enumerate(self.columns):
            field = forms.ChoiceField(choices=words, initial=upload.roles.get(column, "ignore"), label=column)
            self.fields[f"role-{position}"] = field

    def roles(self) -> dict[str, str]:
        """{column: role}, once the form is valid."""
        return {column: self.cleaned_data[f"role-{position}"] for position, column in enumerate(self.columns)}


class VersionForm(forms.Form):
    """The files of the next data version, and what is to be new in the test."""

    examples = forms.ModelChoiceField(queryset=Upload.objects.none(), empty_label=None)
    questions = forms.ModelChoiceField(queryset=Upload.objects.none(), required=False, empty_label="None")
    catalogue = forms.ModelChoiceField(queryset=Upload.objects.none(), required=False, empty_label="None")
    split_kind = forms.ChoiceField(
        required=False, choices=[("", "Let the data decide"), ("new_questions", "New"), ("new_items", "Items")]
    )

    def __init__(self, project: Project, data: Any = None) -> None:
        super().__init__(data)
        for purpose in Purpose:
            uploads = usable_uploads(project=project, purpose=purpose)
            field = cast("forms.ModelChoiceField[Upload]", self.fields[purpose.value])
            field.queryset = project.uploads.filter(pk__in=[upload.pk for upload in uploads])
            if uploads:
                field.initial = uploads[0].pk
                field.error_messages["required"] = "Choose a file of examples."
