"""Uploaded files as they came, and the frozen, numbered data sets made from them."""

from django.conf import settings
from django.db import models

from webapp.projects.models import Project
from webapp.queue.models import QueuedWork


class Purpose(models.TextChoices):
    """What an uploaded file is for. Values equal trainer.data.roles.Purpose."""

    EXAMPLES = "examples", "Examples"
    QUESTIONS = "questions", "My own test questions"
    CATALOGUE = "catalogue", "My whole catalogue"


class UploadManager(models.Manager["Upload"]):
    """Reads the first rows of a file only where they are asked for: lists of many files do not need them."""

    def get_queryset(self) -> models.QuerySet["Upload"]:
        """All, without the preview."""
        return super().get_queryset().defer("preview")


class VersionManager(models.Manager["DatasetVersion"]):
    """Reads what is said of single rows only where it is asked for: it may be megabytes."""

    def get_queryset(self) -> models.QuerySet["DatasetVersion"]:
        """All, without the rejected rows and the numbers of rows that findings are about."""
        return super().get_queryset().defer("rejected", "finding_rows")


class Upload(QueuedWork):
    """One file, stored untouched. The queued work reads its first rows and guesses what the columns are.

    preview: trainer.data.child.Preview.as_dict(), once read. roles: {column: Role}, as the person confirmed them.
    question: where only a person can tell, {"cause": …} with {"candidates": [[encoding, preview], …]} when the encoding
    must be asked for, or {"tables": [trainer.data.table_question.Candidate.as_dict()], "kind": "sheet" or "table"}.
    """

    queue_name = "prepare"
    job_function = "webapp.datasets.jobs.read_upload"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="uploads")
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.EXAMPLES)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    name = models.CharField(max_length=255)  # as the person's computer called it
    file = models.FileField(upload_to="uploads/%Y/%m/", max_length=300)
    size = models.PositiveBigIntegerField()
    encoding = models.CharField(max_length=40, blank=True)
    sheet = models.CharField(max_length=1000, blank=True)  # of a ZIP with several tables, a file in it
    has_header = models.BooleanField(null=True, blank=True)
    preview = models.JSONField(default=dict, blank=True)
    roles = models.JSONField(default=dict, blank=True)
    question = models.JSONField(default=dict, blank=True)

    objects = UploadManager()

    class Meta:
        ordering = ("-queued_at", "-pk")

    def __str__(self) -> str:
        return self.name


class DatasetVersion(QueuedWork):
    """A frozen data set, numbered within its project. The queued work reads, checks, splits and freezes.

    frozen: trainer.data.frozen.freeze(...), and pictures: what trainer.data.picture_store.PictureWriter wrote, blank
    where there are texts only; the only things that later steps read.
    findings: [trainer.data.findings.Finding as a dict]. finding_rows: {kind: trainer.data.remedies.FindingRows as a
    dict}. receipt: Prepared.receipt.
    mended_from: the version that this one is, but for its `corrections` and the examples of `added`; None where it was
    made from the files.
    rejected: [{"file", "row", "reason", "values"}]. gallery: some of its pictures, [{"key", "caption", "words"}].
    """

    queue_name = "prepare"
    job_function = "webapp.datasets.jobs.freeze_version"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    examples = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="+")
    questions = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    catalogue = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    added = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    mended_from = models.ForeignKey("self", on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    split_kind = models.CharField(max_length=20, blank=True)  # blank: let the data decide
    seed = models.IntegerField(default=0)
    frozen = models.FileField(upload_to="datasets/", max_length=300, blank=True)
    pictures = models.FileField(upload_to="datasets/", max_length=300, blank=True)
    findings = models.JSONField(default=list, blank=True)
    finding_rows = models.JSONField(default=dict, blank=True)
    receipt = models.JSONField(default=dict, blank=True)
    rejected = models.JSONField(default=list, blank=True)
    gallery = models.JSONField(default=list, blank=True)

    objects = VersionManager()

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("project", "number"), name="dataset_number_once_per_project"),)

    def __str__(self) -> str:
        return f"Version {self.number}"

    @property
    def uploads(self) -> list[Upload]:
        """The files it was made from."""
        return [upload for upload in (self.examples, self.questions, self.catalogue, self.added) if upload]


class DoubtfulPair(models.Model):
    """A question and an item of a data version of which somebody thinks that they are labelled wrongly.

    query_id, document_id: as in the reports of its runs. question, item: the texts, or the file names of pictures, with
    the labels where there are any; question_picture, item_picture: keys of pictures, blank for texts.
    marked_right: whether the data says that they match.
    """

    version = models.ForeignKey(DatasetVersion, on_delete=models.CASCADE, related_name="doubtful_pairs")
    query_id = models.CharField(max_length=200)
    document_id = models.CharField(max_length=200)
    question = models.TextField(blank=True)
    item = models.TextField(blank=True)
    question_picture = models.CharField(max_length=100, blank=True)
    item_picture = models.CharField(max_length=100, blank=True)
    marked_right = models.BooleanField()
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("version", "query_id", "document_id"), name="doubtful_pair_once"),
        )

    def __str__(self) -> str:
        return f"{self.question} / {self.item}"


class Doubt(models.Model):
    """Who doubted a pair, when, seeing the report of which run, and what they wrote."""

    pair = models.ForeignKey(DoubtfulPair, on_delete=models.CASCADE, related_name="doubts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    run_number = models.PositiveIntegerField()
    note = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.note


class ChangeKind(models.TextChoices):
    """What a correction does. Values equal trainer.data.corrections.Change."""

    DROP = "drop", "Row dropped"
    EDIT = "edit", "Cell changed"
    ADD = "add", "Match added"
    NEW = "new", "Row added"


class Correction(models.Model):
    """One change to the rows of a data version, kept per person until it is saved in a next version, or undone.

    row, column, text, query_id, document_id, question: as in trainer.data.corrections.Correction. before: what the cell
    said, or the row or pair in words. finding: the kind of the finding whose click made it, blank for one by hand.
    saved_as: the version that was made with it; while that has failed, it is pending still.
    """

    version = models.ForeignKey(DatasetVersion, on_delete=models.CASCADE, related_name="corrected_by")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=10, choices=ChangeKind.choices)
    row = models.PositiveIntegerField(default=0)
    column = models.CharField(max_length=10, blank=True)
    text = models.TextField(blank=True)
    before = models.TextField(blank=True)
    query_id = models.CharField(max_length=200, blank=True)
    document_id = models.CharField(max_length=200, blank=True)
    question = models.TextField(blank=True)
    finding = models.CharField(max_length=40, blank=True)
    saved_as = models.ForeignKey(
        DatasetVersion, on_delete=models.CASCADE, related_name="corrections", null=True, blank=True
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.before}"
