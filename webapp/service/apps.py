"""The app that operates the others."""

from django.apps import AppConfig


class ServiceConfig(AppConfig):
    """Registers the system checks."""

    name = "webapp.service"

    def ready(self) -> None:
        """Once all apps are loaded."""
        from webapp import checks  # noqa: F401  importing registers them
