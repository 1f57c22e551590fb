"""Forms about files and data versions. They turn what a browser sends into the services' types."""

from typing import Any, cast

from django import forms

from webapp.bridge import role_words
from webapp.datasets.models import Purpose, Upload
from webapp.datasets.selectors import usable_uploads
from webapp.projects.models import Project

ROLE_WORDS = role_words()
"""The column roles in the words of the pages."""

ROLES_OF_PURPOSE = {
    Purpose.EXAMPLES: tuple(ROLE_WORDS),
    Purpose.QUESTIONS: ("query", "document", "label", "score", "segment", "ignore"),
    Purpose.CATALOGUE: ("document", "label", "ignore"),
}
"""Which roles a column can have in a file of each purpose."""


class UploadForm(forms.Form):
    """One file and what it is for."""

    purpose = forms.ChoiceField(choices=Purpose.choices)
    file = forms.FileField(
        allow_empty_file=True,  # the service says what to do about it
        error_messages={"required": "No file was chosen. Choose one, or drag it onto the field."},
    )

    def clean_purpose(self) -> Purpose:
        """As the enumeration."""
        return Purpose(self.cleaned_data["purpose"])


class ReadingForm(forms.Form):
    """How a file is to be read, where Tailor's guess was wrong."""

    encoding = forms.CharField(required=False, max_length=40)
    sheet = forms.CharField(required=False, max_length=100)
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
        words = [(role, ROLE_WORDS[role]) for role in ROLES_OF_PURPOSE[Purpose(upload.purpose)]]
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
