"""Work that waits for a worker. The database row is the truth; the Redis job is only a doorbell."""

from typing import Any, ClassVar

from django.db import models


class WorkStatus(models.TextChoices):
    """Where a piece of work stands."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


FINISHED = (WorkStatus.DONE, WorkStatus.FAILED, WorkStatus.CANCELLED)


class QueuedWork(models.Model):
    """Base of every row that a worker works on.

    attempt: rises each time the work is (re)queued; a worker may write only while its attempt is the row's (fencing).
    heartbeat_at: written by the working process at least every few seconds; silence means it died.
    error: {"title", "cause", "remedy", "detail"} in a person's words once FAILED; `detail` is for the curious.
    """

    queue_name: ClassVar[str]
    job_function: ClassVar[str]  # dotted path of a function (pk: int, attempt: int) on the allow-list

    status = models.CharField(max_length=10, choices=WorkStatus.choices, default=WorkStatus.QUEUED, db_index=True)
    attempt = models.PositiveIntegerField(default=1)
    recoveries = models.PositiveIntegerField(default=0)  # automatic restarts after a lost worker
    job_id = models.CharField(max_length=64, blank=True)
    worker = models.CharField(max_length=100, blank=True)
    cancel_requested = models.BooleanField(default=False)
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    @property
    def is_finished(self) -> bool:
        """Whether no worker will touch it any more."""
        return self.status in FINISHED

    @property
    def problem(self) -> dict[str, Any] | None:
        """The error in words, when it failed."""
        return self.error or None
