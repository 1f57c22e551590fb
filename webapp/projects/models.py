"""A project is one search problem of one person."""

from django.conf import settings
from django.db import models


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
