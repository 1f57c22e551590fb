"""A project is one search problem of one person."""

from django.conf import settings
from django.db import models
from django.utils.functional import cached_property

from webapp.queue.models import QueuedWork, WorkStatus


class Task(models.TextChoices):
    """The search tasks, in plain words. Values equal trainer.config.Task."""

    TEXT_TEXT = "text-text", "Find a text"
    TEXT_IMAGE = "text-image", "Find a picture from words"
    IMAGE_IMAGE = "image-image", "Find similar pictures"


class Project(models.Model):
    """One search problem: "Help-desk questions → articles"."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="projects")
    name = models.CharField(max_length=100)
    task = models.CharField(max_length=20, choices=Task.choices, default=Task.TEXT_TEXT)
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return self.name

    @cached_property
    def ready_version(self) -> QueuedWork | None:
        """The newest data version that can be trained on."""
        return next((version for version in self.versions.all() if version.status == WorkStatus.DONE), None)

    @cached_property
    def latest_run(self) -> QueuedWork | None:
        """The newest run, whatever its state."""
        return next(iter(self.runs.all()), None)

    @cached_property
    def finished_run(self) -> QueuedWork | None:
        """The newest run that has a report."""
        return next((run for run in self.runs.all() if run.status == WorkStatus.DONE), None)
