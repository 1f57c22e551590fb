"""Forms about a project."""

from django import forms

from webapp.projects.models import Project, Task

NAME_MISSING = "Give the project a name, such as “Help-desk questions”."


class ProjectForm(forms.ModelForm):
    """Name and task of a new project."""

    task = forms.ChoiceField(
        choices=Task.choices, initial=Task.TEXT_TEXT, label="What should people find?", widget=forms.RadioSelect
    )

    class Meta:
        model = Project
        fields = ("name", "task")
        error_messages = {"name": {"required": NAME_MISSING}}

    def clean_name(self) -> str:
        """Without surrounding or doubled blanks."""
        return clean_name(self.cleaned_data["name"])

    def clean_task(self) -> Task:
        """As the enumeration."""
        return Task(self.cleaned_data["task"])


class RenameForm(forms.ModelForm):
    """A project's new name."""

    class Meta:
        model = Project
        fields = ("name",)
        error_messages = {"name": {"required": NAME_MISSING}}

    def clean_name(self) -> str:
        """Without surrounding or doubled blanks."""
        return clean_name(self.cleaned_data["name"])


def clean_name(text: str) -> str:
    """The name with single blanks, which is how a page shows it anyway."""
    name = " ".join(text.split())
    if not name:
        raise forms.ValidationError(NAME_MISSING)
    return name
