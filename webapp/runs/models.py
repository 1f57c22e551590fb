"""A run is one training launch."""

from django.conf import settings
from django.db import models

from webapp.datasets.models import DatasetVersion
from webapp.projects.models import Project
from webapp.queue.models import QueuedWork


class Preset(models.TextChoices):
    """Values equal trainer.config.Preset."""

    QUICK = "quick", "Quick"
    BALANCED = "balanced", "Balanced"
    THOROUGH = "thorough", "Thorough"


class Run(QueuedWork):
    """One training launch, numbered within its project.

    settings: what the person changed of the preset, {field of FinetuneConfig: value}.
    stage, fraction (0…1), seconds_left: the latest trainer.progress.StageEvent.
    summary: {"verdict", "before", "after", "difference", "headline"} copied from the report for lists.
    report, model: files in storage: report.json and model.zip; `index` is a ZIP of the search index folder.
    """

    queue_name = "train"
    job_function = "webapp.runs.jobs.train"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()
    dataset = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="runs")
    launched_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    base_model = models.CharField(max_length=300)
    preset = models.CharField(max_length=10, choices=Preset.choices, default=Preset.BALANCED)
    seed = models.IntegerField(default=0)
    settings = models.JSONField(default=dict, blank=True)
    stage = models.CharField(max_length=10, blank=True)
    fraction = models.FloatField(default=0.0)
    seconds_left = models.FloatField(null=True, blank=True)
    summary = models.JSONField(default=dict, blank=True)
    report = models.FileField(upload_to="runs/", max_length=300, blank=True)
    model = models.FileField(upload_to="runs/", max_length=300, blank=True)
    index = models.FileField(upload_to="runs/", max_length=300, blank=True)

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("project", "number"), name="run_number_once_per_project"),)

    def __str__(self) -> str:
        return f"Run {self.number}"


class RunEvent(models.Model):
    """What happened in a run, for the live charts and the log. At most a few a second.

    data by kind: "loss" {"step", "total_steps", "epoch", "loss"}; "validation" {"epoch", "score"}; "stage" {"stage"};
    "log" {"message"}.
    """

    class Kind(models.TextChoices):
        LOSS = "loss"
        VALIDATION = "validation"
        STAGE = "stage"
        LOG = "log"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    attempt = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index(fields=("run", "kind")),)

    def __str__(self) -> str:
        return f"{self.kind} of {self.run_id}"
