"""The form that starts a run."""

from collections.abc import Sequence
from typing import Any

from django import forms

from webapp.accounts.models import Person
from webapp.bridge import ModelError, check_settings, preset_settings
from webapp.datasets.models import DatasetVersion
from webapp.runs.base_models import base_model_check
from webapp.runs.models import Preset
from webapp.runs.setting_words import SETTINGS, SettingWords, value_words

OTHER = "other"
INHERIT = [("", "As the preset has it"), ("yes", "Yes"), ("no", "No")]


class SharesField(forms.CharField):
    """Shares between 0 and 1, separated by commas, as a list of numbers."""

    def clean(self, value: Any) -> Any:
        """[] when nothing was typed."""
        text = super().clean(value)
        try:
            return [float(part) for part in text.replace(";", ",").split(",") if part.strip()]
        except ValueError:
            raise forms.ValidationError("Write numbers such as 0, 0.5, 1.") from None


class SizesField(forms.CharField):
    """Whole numbers, separated by commas, as a list."""

    def clean(self, value: Any) -> Any:
        """[] when nothing was typed."""
        text = super().clean(value)
        try:
            return [int(part) for part in text.replace(";", ",").split(",") if part.strip()]
        except ValueError:
            raise forms.ValidationError("Write whole numbers such as 128, 64.") from None


class RunForm(forms.Form):
    """What to learn from, which base model, how thoroughly; and every setting for those who want it.

    versions: the data that are ready, newest first. cards: of the base models (webapp.bridge.base_model_cards).
    task: of the project. user: who starts it.
    """

    version = forms.ModelChoiceField(
        queryset=DatasetVersion.objects.none(), label="Data", to_field_name="number", empty_label=None
    )
    base_model = forms.ChoiceField(label="Base model")
    other_model = forms.CharField(label="Folder or name", max_length=300, required=False)
    preset = forms.ChoiceField(label="Preset", choices=Preset.choices, initial=Preset.BALANCED)
    seed = forms.IntegerField(label="Seed", initial=0, required=False, min_value=-(2**31), max_value=2**31 - 1)

    def __init__(
        self, versions: Any, cards: Sequence[dict[str, Any]], *args: Any, task: str, user: Person | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._task, self._user = task, user
        self.fields["version"].queryset = versions  # type: ignore[attr-defined]
        names = [(card["name"], card["title"]) for card in cards]
        self.fields["base_model"].choices = [*names, (OTHER, "Another model")]  # type: ignore[attr-defined]
        presets = preset_settings()
        for words in SETTINGS:
            self.fields[words.name] = _setting_field(words, presets)

    @property
    def setting_fields(self) -> list[tuple[SettingWords, forms.BoundField]]:
        """The fields of *Advanced*, each with its words."""
        return [(words, self[words.name]) for words in SETTINGS]

    @property
    def advanced_is_open(self) -> bool:
        """Whether something in *Advanced* is set or wrong."""
        return any(self[words.name].value() or self[words.name].errors for words in SETTINGS) or bool(
            self["seed"].errors or self["seed"].value() not in (None, "", 0, "0")
        )

    def clean(self) -> dict[str, Any]:
        """Adds `settings`, what was changed of the preset; errors stand at their field."""
        cleaned = super().clean() or {}
        self._clean_base_model(cleaned)
        settings = {words.name: _typed(words, cleaned.get(words.name)) for words in SETTINGS}
        cleaned["settings"] = {name: value for name, value in settings.items() if value not in (None, "", [])}
        cleaned["seed"] = cleaned.get("seed") or 0
        for name, value in cleaned["settings"].items():
            try:
                check_settings(preset=cleaned.get("preset") or Preset.BALANCED, seed=0, settings={name: value})
            except ValueError as error:
                self.add_error(name, _rule(str(error)))
        return cleaned

    def _clean_base_model(self, cleaned: dict[str, Any]) -> None:
        """`base_model` becomes what a run stores: a known name, a folder or a hub name."""
        name, field = cleaned.get("base_model"), "base_model"
        if name == OTHER:
            name, field = cleaned.get("other_model", "").strip(), "other_model"
            cleaned["base_model"] = name
        if name is None:
            return
        try:
            base_model_check(name=name, task=self._task, user=self._user)
        except ModelError as error:
            self.add_error(field, f"{error.cause} {error.remedy}")


def _setting_field(words: SettingWords, presets: dict[str, dict[str, Any]]) -> forms.Field:
    values = {value_words(settings[words.name]) for settings in presets.values()}
    usual = values.pop() if len(values) == 1 else "as the preset has it"
    attributes = {"placeholder": usual, "autocomplete": "off"}
    if words.kind == "yes-no":
        return forms.ChoiceField(label=words.label, choices=INHERIT, required=False)
    if words.kind == "choice":
        choices = [("", INHERIT[0][1]), *words.choices]
        return forms.ChoiceField(label=words.label, choices=choices, required=False)
    if words.kind == "list":
        return SharesField(label=words.label, required=False, widget=forms.TextInput(attributes))
    if words.kind == "sizes":
        return SizesField(label=words.label, required=False, widget=forms.TextInput(attributes))
    if words.kind == "whole":
        widget = forms.TextInput({**attributes, "inputmode": "numeric"})
        wrong = {"invalid": "Write a whole number, without a point or comma."}
        return forms.IntegerField(label=words.label, required=False, widget=widget, error_messages=wrong)
    widget = forms.TextInput({**attributes, "inputmode": "decimal"})
    wrong = {"invalid": "Write a number, with a point for decimals, such as 0.5."}
    return forms.FloatField(label=words.label, required=False, widget=widget, error_messages=wrong)


def _typed(words: SettingWords, value: Any) -> Any:
    if words.kind == "yes-no":
        return {"yes": True, "no": False}.get(str(value))
    return value


def _rule(message: str) -> str:
    """From "epochs must be between 1 and 100, not 200" to what stands at the field."""
    rule = message.partition(" must ")[2].rpartition(", not ")[0]
    return f"This must {rule}." if rule else message


def initial_of(*, base_model: str, known: Sequence[str], settings: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The form's first values like an earlier run's."""
    is_known = base_model in known
    typed = {name: _written(value) for name, value in settings.items()}
    chosen = {"base_model": base_model if is_known else OTHER, "other_model": "" if is_known else base_model}
    return {**chosen, **typed, **more}


def _written(value: Any) -> str:
    if value == []:
        return ""
    return value_words(value) if not isinstance(value, bool) else ("yes" if value else "no")


def ready_versions(project: Any) -> Any:
    """The project's data versions that a run can use, newest first."""
    return DatasetVersion.objects.filter(project=project, status="done").order_by("-number")
