"""Links by which people without an account see one report."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from webapp.runs.models import Run


class ShareLink(models.Model):
    """One address of one report. Neither the address itself nor what would suffice to work it out is kept.

    nonce: random; the token of the address is worked out from it and the installation's secret (`services.token_for`),
    so that its maker can copy it again, while who reads the database alone, or a backup of it, cannot use it.
    digest: of the token, by which a visit is recognised. views: visits, each browser once within half a day, the
    people of the project not counted.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="share_links")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="share_links")
    name = models.CharField(max_length=100, blank=True)  # for whom it is, in its maker's words
    nonce = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    with_texts = models.BooleanField(default=False)
    with_search = models.BooleanField(default=False)
    with_blind_test = models.BooleanField(default=False)
    views = models.PositiveIntegerField(default=0)
    last_viewed_at = models.DateTimeField(null=True, blank=True)

    token: str = ""
    """Of the address that led here; only while a visit is answered."""

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = (
            # Results of a search, and the lists of the blind test, are texts of the data.
            models.CheckConstraint(
                condition=models.Q(with_texts=True) | models.Q(with_search=False, with_blind_test=False),
                name="share_search_needs_texts",
            ),
        )

    def __str__(self) -> str:
        return self.name or f"Link {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it still leads anywhere."""
        return self.revoked_at is None and self.expires_at > timezone.now()
