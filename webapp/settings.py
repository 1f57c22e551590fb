"""Django settings, all from the environment. Filled by the platform room."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("TAILOR_DATA", BASE_DIR / "data")).resolve()
SECRET_KEY = "replaced-by-the-platform-room"
INSTALLED_APPS = [
    "webapp.accounts",
    "webapp.projects",
    "webapp.queue",
    "webapp.datasets",
    "webapp.runs",
    "webapp.reports",
    "webapp.search",
    "webapp.service",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
]
AUTH_USER_MODEL = "accounts.Person"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "tailor.sqlite3"}}
USE_TZ = True
