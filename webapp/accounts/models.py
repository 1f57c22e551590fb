"""People who may sign in."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models


class PersonManager(UserManager["Person"]):
    """Creates people by e-mail address; there is no separate user name."""

    def create_person(self, *, email: str, password: str, name: str = "", is_owner: bool = False) -> "Person":
        """A new person with a hashed password."""
        person = self.model(email=self.normalize_email(email).lower(), name=name, is_owner=is_owner)
        person.set_password(password)
        person.save()
        return person


class Person(AbstractUser):
    """Signs in with an e-mail address. The owner, made on the first visit, installed this Tailor."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=100, blank=True)
    is_owner = models.BooleanField(default=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = PersonManager()  # type: ignore[misc]

    class Meta:
        constraints = (
            # Two visitors of the set-up page at the same moment cannot both become the owner.
            models.UniqueConstraint(fields=("is_owner",), condition=models.Q(is_owner=True), name="one_owner"),
        )

    def __str__(self) -> str:
        return self.name or self.email


class Invitation(models.Model):
    """A one-time link by which someone joins, or, with `person`, chooses a new password. Only a digest is kept."""

    email = models.EmailField("e-mail address")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return self.email


class FailedLogin(models.Model):
    """One wrong password, remembered for a while, to slow down guessing."""

    email = models.CharField(max_length=254)
    address = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (models.Index(fields=("address", "at")),)

    def __str__(self) -> str:
        return f"{self.email} from {self.address}"
