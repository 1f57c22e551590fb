"""Catalogues that people bring to the live search themselves, and the votes of the blind test."""

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models

from webapp.queue.models import QueuedWork
from webapp.runs.models import Run


class Catalogue(QueuedWork):
    """A file of items, numbered within its run. The queued work embeds them by both models of the run.

    file: as it came; removed once it is embedded, unless it can be read another way. encoding, sheet, has_header and
    column: how a person said that it is to be read. question: as in webapp.datasets.models.Upload.
    index: a ZIP of the index folder, and pictures: what trainer.data.picture_store.PictureWriter wrote, blank for
    texts; both blank until it is done.
    fraction: 0…1 of the work. facts: trainer.data.items.Items.facts(). used_at: of the latest search, within an hour.
    """

    queue_name = "prepare"
    job_function = "webapp.search.jobs.embed_catalogue"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="catalogues")
    number = models.PositiveIntegerField()
    brought_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=255)  # as the person's computer called it
    file = models.FileField(upload_to="catalogues/", max_length=300, blank=True)
    size = models.PositiveBigIntegerField()
    encoding = models.CharField(max_length=40, blank=True)
    sheet = models.TextField(blank=True)
    has_header = models.BooleanField(null=True, blank=True)
    column = models.TextField(blank=True)
    question = models.JSONField(default=dict, blank=True)
    index = models.FileField(upload_to="catalogues/", max_length=300, blank=True)
    pictures = models.FileField(upload_to="catalogues/", max_length=300, blank=True)
    fraction = models.FloatField(default=0.0)
    facts = models.JSONField(default=dict, blank=True)
    used_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("run", "number"), name="catalogue_number_once_per_run"),)

    def __str__(self) -> str:
        return self.name


def _new_seed() -> int:
    return secrets.randbelow(2**31)


class BlindVoter(models.Model):
    """Somebody who takes the blind test of a run.

    key: who it is, once per run, such as "person-7"; a share link makes keys of its own. seed: decides the order of the
    questions and the sides; known to nobody, so that no page can be worked out.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="blind_voters")
    key = models.CharField(max_length=80)
    name = models.CharField(max_length=150)
    seed = models.PositiveIntegerField(default=_new_seed)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("run", "key"), name="blind_voter_once_per_run"),)

    def __str__(self) -> str:
        return self.name


class BlindVote(models.Model):
    """What one voter said of one question. after_left: whether the tuned model's list stood on the left.

    question: the id of a test question, or "typed-…" for one that the voter typed; text: what was asked.
    """

    class Choice(models.TextChoices):
        LEFT = "left", "Left is better"
        RIGHT = "right", "Right is better"
        BOTH = "both", "Both are good"
        NEITHER = "neither", "Neither is good"

    DECIDED: ClassVar = (Choice.LEFT, Choice.RIGHT)

    voter = models.ForeignKey(BlindVoter, on_delete=models.CASCADE, related_name="votes")
    question = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    after_left = models.BooleanField()
    choice = models.CharField(max_length=10, choices=Choice.choices)
    voted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("voter", "question"), name="blind_vote_once_per_question"),)

    def __str__(self) -> str:
        return f"{self.choice} on {self.question}"

    @property
    def preferred(self) -> str:
        """before, after, both or neither."""
        if self.choice not in self.DECIDED:
            return self.choice
        return "after" if (self.choice == self.Choice.LEFT) == self.after_left else "before"
