"""Settings of the tests: everything in one temporary folder, for each pytest-xdist process its own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path


# Worker processes that a test starts inherit the folder; only the process that made it removes it.
def _remove(folder: str, maker: int) -> None:
    if os.getpid() == maker:
        shutil.rmtree(folder, ignore_errors=True)


if "TAILOR_TEST_FOLDER" not in os.environ:
    os.environ["TAILOR_TEST_FOLDER"] = tempfile.mkdtemp(prefix="tailor-test-")
    atexit.register(_remove, os.environ["TAILOR_TEST_FOLDER"], os.getpid())
_process = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["TAILOR_CACHE"] = str(Path(os.environ["TAILOR_TEST_FOLDER"]) / "cache")  # shared by all processes
os.environ["TAILOR_DATA"] = str(Path(os.environ["TAILOR_TEST_FOLDER"]) / _process)
for _name in (
    "DATABASE_URL",
    "REDIS_URL",
    "TAILOR_ALLOW_HUB",
    "TAILOR_HTTPS",
    "TAILOR_DEBUG",
    "TAILOR_URL",
    "TAILOR_HOSTS",
):
    os.environ.pop(_name, None)  # tests do not depend on the shell that runs them
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs an event loop in the test's thread

if "PYTEST_XDIST_WORKER" in os.environ:
    # Read when torch loads. Each test process has a core: with more threads than cores, tiny models only wait longer.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from webapp.settings import *  # noqa: E402, F403
from webapp.settings import DATA_DIR, DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

STATIC_ROOT.mkdir(exist_ok=True)

# A file, and the same for tests as for commands: worker processes that a test starts see the rows that the test made.
DATABASES["default"]["NAME"] = DATA_DIR / "test.sqlite3"
DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
