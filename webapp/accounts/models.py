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
    objects = PersonManager()  # type: ignore[misc,assignment]

    def __str__(self) -> str:
        return self.name or self.email
