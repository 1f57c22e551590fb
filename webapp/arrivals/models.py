"""Files on their way in."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import models

from webapp.projects.models import Project

KEPT = timedelta(days=7)
"""How long an unfinished file is kept after it was begun."""


def new_key() -> str:
    """A name that nobody can guess."""
    return uuid4().hex


def arrivals_folder() -> Path:
    """Where the bytes lie, on the disk of the media files, so that a complete file need not be copied."""
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR) / "arrivals"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


class Arrival(models.Model):
    """One person's file on its way in. Its bytes lie in a file of their own, whose length alone says how many came.

    place: what in the project it is for, such as "examples". size: bytes once complete. modified: when the file was
    last changed, in milliseconds since 1970, as its computer says; 0 where it does not. metadata: as its sender wrote
    it. led_to: the address of what was made of the complete file, blank until then; from then on the bytes are that's.
    """

    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="arrivals")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="arrivals")
    place = models.CharField(max_length=40)
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    modified = models.BigIntegerField(default=0)
    metadata = models.TextField(blank=True)
    led_to = models.TextField(blank=True)
    begun_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("begun_at", "pk")

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        """Where its bytes lie; nothing is there before the first of them."""
        return arrivals_folder() / self.key

    @property
    def received(self) -> int:
        """How many bytes have come."""
        if self.led_to:
            return self.size
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def expires_at(self) -> datetime:
        """When it is removed unless it is complete."""
        return self.begun_at + KEPT
