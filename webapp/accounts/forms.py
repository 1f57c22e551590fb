"""What people type about themselves."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate, password_validation
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from webapp.accounts.addresses import network_address
from webapp.accounts.models import Person
from webapp.accounts.selectors import login_is_throttled
from webapp.accounts.services import failed_login_record, failed_logins_forget


def _password_field(label: str, autocomplete: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(
        label=label, strip=False, widget=widget, max_length=1000, error_messages={"required": "Type a password."}
    )


def _name_field() -> forms.CharField:
    return forms.CharField(
        label="Your name",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Type your name, as others here should see it."},
    )


def _email_field(label: str, autocomplete: str) -> forms.EmailField:
    wrong = "This is not an e-mail address. It should look like name@company.com."
    return forms.EmailField(
        label=label,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": autocomplete}),
        error_messages={"required": "Type an e-mail address.", "invalid": wrong},
    )


class NewPasswordForm(forms.Form):
    """A new password, typed twice and checked for strength."""

    password = _password_field("Password", "new-password")
    password_again = _password_field("The same password again", "new-password")

    def person_to_be(self) -> Person:
        """Whom the password must not resemble."""
        return Person(email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))

    def clean(self) -> dict[str, Any]:
        """Both equal, and strong enough."""
        cleaned = super().clean() or self.cleaned_data
        password = cleaned.get("password")
        if password and "password_again" in cleaned:
            if password != cleaned["password_again"]:
                self.add_error("password_again", "The two passwords differ. Type the same one twice.")
            try:
                password_validation.validate_password(password, self.person_to_be())
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class SetupForm(NewPasswordForm):
    """The owner's account."""

    name = _name_field()
    email = _email_field("E-mail address", "username")
    field_order = ("name", "email", "password", "password_again")

    def clean_email(self) -> str:
        """Lower case: people type addresses either way."""
        return str(self.cleaned_data["email"]).lower()


class JoinForm(NewPasswordForm):
    """Who follows an invitation: the address is known already."""

    name = _name_field()
    field_order = ("name", "password", "password_again")

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def person_to_be(self) -> Person:
        """Whom the password must not resemble."""
        return Person(email=self.email, name=self.cleaned_data.get("name", ""))


class LoginForm(forms.Form):
    """E-mail address and password. Valid only when they belong to an active person, who is then `self.person`."""

    email = _email_field("E-mail address", "username")
    password = _password_field("Password", "current-password")

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.person: Person | None = None

    def clean(self) -> dict[str, Any]:
        """Looks the person up, unless there were too many wrong tries."""
        cleaned = super().clean() or self.cleaned_data
        if "email" not in cleaned or "password" not in cleaned:
            return cleaned
        email, address = str(cleaned["email"]).lower(), network_address(self.request)
        if login_is_throttled(email=email, address=address):
            raise ValidationError("Too many wrong passwords. Wait a quarter of an hour and try again.")
        person = authenticate(self.request, username=email, password=cleaned["password"])
        if not isinstance(person, Person):
            failed_login_record(email=email, address=address)
            raise ValidationError("This e-mail address and password do not belong together. Check both and try again.")
        failed_logins_forget(email=email, address=address)
        self.person = person
        return cleaned


class RenameForm(forms.Form):
    """How others see a person."""

    name = _name_field()


class ChangePasswordForm(NewPasswordForm):
    """A new password, for someone who knows the present one."""

    present = _password_field("Present password", "current-password")
    password = _password_field("New password", "new-password")
    password_again = _password_field("The new password again", "new-password")
    field_order = ("present", "password", "password_again")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def person_to_be(self) -> Person:
        """Whom the password must not resemble."""
        return self.person

    def clean_present(self) -> str:
        """The present password, checked."""
        present = str(self.cleaned_data["present"])
        if not self.person.check_password(present):
            raise ValidationError("This is not your present password.")
        return present


class InviteForm(forms.Form):
    """Whom to invite."""

    email = _email_field("E-mail address", "off")

    def clean_email(self) -> str:
        """An address that nobody here has."""
        email = str(self.cleaned_data["email"]).lower()
        if Person.objects.filter(email__iexact=email).exists():
            raise ValidationError("Someone with this e-mail address is here already; see the list.")
        return email
