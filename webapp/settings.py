"""Django settings, all from the environment. docs/operating.md lists every variable."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url

from webapp import install

BASE_DIR = Path(__file__).resolve().parent.parent


def _flag(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def _list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def _json(name: str) -> dict[str, Any]:
    try:
        value = json.loads(os.environ.get(name) or "{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise install.InstallError(f'{name} must be a JSON object such as {{"bucket_name": "tailor"}}. Correct it.')
    return value


def _number(name: str, default: int) -> int:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdigit():
        raise install.InstallError(f"{name} must be a whole number, not {value!r}. Correct it and start again.")
    return int(value)


# --- This installation -----------------------------------------------------------------------------------------------

DATA_DIR = install.data_folder(os.environ.get("TAILOR_DATA"), BASE_DIR / "data")
_secrets = install.read_or_make_secrets(DATA_DIR)
SECRET_KEY = os.environ.get("TAILOR_SECRET_KEY") or _secrets["secret_key"]
SETUP_TOKEN = _secrets["setup_token"]  # opens the page that makes the owner, until there is one
DEBUG = _flag("TAILOR_DEBUG")

HTTPS = _flag("TAILOR_HTTPS")
HOST = os.environ.get("HOST") or "127.0.0.1"
PORT = _number("PORT", 8000)
PUBLIC_URL = os.environ.get("TAILOR_URL", "").rstrip("/")  # how browsers reach us, where that is not HOST and PORT
WEB_THREADS = _number("TAILOR_WEB_THREADS", 8)
GPUS = _number("TAILOR_GPUS", 0) if os.environ.get("TAILOR_GPUS") else None  # None: count them
PROXIES = _number("TAILOR_PROXIES", 0)  # how many proxies of ours stand before the web server
GUEST_REQUESTS = _number("TAILOR_GUEST_REQUESTS", 600)  # a minute, from one address by one share link; 0: any number

ALLOW_HUB = _flag("TAILOR_ALLOW_HUB")
if not ALLOW_HUB:
    # Every process of ours imports the settings before it loads a model: no library may wait for a model hub.
    os.environ["HF_HUB_OFFLINE"] = "1"
# Threads that spin while they wait make everything 2–4 times slower when processes share cores; read when torch loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("TAILOR_CACHE", str(DATA_DIR / "cache"))  # where the trainer keeps what takes long to compute

# --- Apps and requests -----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "webapp.accounts",
    "webapp.queue",
    "webapp.projects",
    "webapp.arrivals",
    "webapp.datasets",
    "webapp.runs",
    "webapp.reports",
    "webapp.search",
    "webapp.sharing",
    "webapp.service",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "webapp.service.middleware.permissions_policy",
    "webapp.service.middleware.compress_pages",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "webapp.service.middleware.keep_nothing",
    "webapp.service.middleware.end_silence",
    "webapp.service.middleware.limit_request_size",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "webapp.urls"
WSGI_APPLICATION = "webapp.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = os.environ.get("TAILOR_TIME_ZONE") or "UTC"
USE_TZ = True
USE_I18N = False

# --- People ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.Person"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "project_list"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- What is remembered: database, files, queue ----------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
_sqlite: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA_DIR / "tailor.sqlite3",
    "OPTIONS": {
        "timeout": 20,
        # IMMEDIATE takes the write lock at the start of a transaction, where waiting is possible; a lock taken
        # half-way fails at once. With WAL and short transactions: no "database is locked".
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
    },
}
_database_url = os.environ.get("DATABASE_URL", "")
DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(_database_url, conn_max_age=60, conn_health_checks=True)
    if _database_url
    else _sqlite
}

MEDIA_ROOT = Path(os.environ.get("TAILOR_MEDIA") or DATA_DIR / "media")
MODELS_DIR = Path(os.environ.get("TAILOR_MODELS") or DATA_DIR / "models")  # base models that the owner put there
STORAGE_BACKEND = os.environ.get("TAILOR_STORAGE") or "django.core.files.storage.FileSystemStorage"
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": STORAGE_BACKEND, "OPTIONS": _json("TAILOR_STORAGE_OPTIONS")},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
# On the disk of the media files, so that a big upload neither fills a small /tmp nor is copied across disks.
FILE_UPLOAD_TEMP_DIR = install.data_folder(str(MEDIA_ROOT / ".incoming"), MEDIA_ROOT)
MAX_UPLOAD_BYTES = _number("TAILOR_MAX_UPLOAD_MB", 500) * 1024 * 1024
RESUMABLE_BYTES = 8 * 1024 * 1024  # files from this size on go up in parts, and go on where the line broke
ROOM_KEPT_BYTES = 100 * 1024 * 1024  # on the disk of uploads, so that runs and the database go on
SILENCE_SECONDS = 30  # how long a sender may send nothing before the thread that waits for it is freed
DATA_UPLOAD_MAX_NUMBER_FILES = 20_000  # pictures of one folder; more come as a ZIP
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # of the form fields beside the files

REDIS_URL = os.environ.get("REDIS_URL", "")  # blank: the embedded server, on a unix socket
REDIS_SOCKET = install.socket_folder(DATA_DIR) / "redis.sock"
_queue: dict[str, Any] = {"SERIALIZER": "rq.serializers.JSONSerializer", "DB": 0}
_queue |= {"URL": REDIS_URL} if REDIS_URL else {"UNIX_SOCKET_PATH": str(REDIS_SOCKET)}
if REDIS_URL:
    _queue["DB"] = None  # the address itself names the database
QUEUE_NAMES = ("train", "prepare", "search")
RQ_QUEUES: dict[str, dict[str, Any]] = {name: dict(_queue) for name in QUEUE_NAMES}

# --- Static files ----------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "webapp.service.finders.VendorFinder",
]
WHITENOISE_USE_FINDERS = DEBUG

# --- Safety ----------------------------------------------------------------------------------------------------------

ALLOWED_HOSTS = _list("TAILOR_HOSTS") or ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS: list[str] = []
if "127.0.0.1" not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append("127.0.0.1")  # the launcher asks /healthz there
if PUBLIC_URL:
    ALLOWED_HOSTS.append(urlsplit(PUBLIC_URL).hostname or "")
    CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": [
            "'self'",
            # Plotly makes one empty style element, and fills it by rules from our own script: the hash of nothing.
            "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
            # The one style element that plotly.min.js makes as it loads, for maps, which we do not draw.
            "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='",
        ],
        "img-src": ["'self'", "data:", "blob:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked for on the machine itself, without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Preloading puts a whole domain into browsers, for good: that is for the owner of the domain to ask for.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Words in the logs -----------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"}},
    # /healthz answers 503 on purpose, many times during a start; whoever asks gets the answer.
    "filters": {
        "not_health": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: getattr(getattr(record, "request", None), "path", "") != "/healthz",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["not_health"]}},
    "root": {"handlers": ["console"], "level": os.environ.get("TAILOR_LOG_LEVEL") or "INFO"},
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}},
}
