"""Which processes Tailor consists of, written down as a configuration of supervisor."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings

from webapp.install import InstallError, make_socket_folder
from webapp.service.redis_server import redis_command

REDIS, WORKERS, WEB = 10, 20, 30
"""Priorities: supervisor starts low ones first and stops them last, each only when those above have ended."""


@dataclass(frozen=True)
class Program:
    """One supervised process. `patience`: seconds that it may take to end after SIGTERM."""

    name: str
    command: list[str]
    priority: int
    patience: int = 10
    environment: dict[str, str] = field(default_factory=dict)


def programs() -> list[Program]:
    """Every process of this installation."""
    found = [Program("web", _web_command(), WEB, patience=12)]
    gpus = gpu_count()
    for number in range(gpus):
        found.append(_worker(f"train-{number}", "train", {"CUDA_VISIBLE_DEVICES": str(number)}))
    if not gpus:
        found.append(_worker("train", "train"))
    # A GPU is for training: whoever answers or reads beside it must not find its memory taken.
    found += [_worker(name, name, {"CUDA_VISIBLE_DEVICES": ""}) for name in ("prepare", "search")]
    if not settings.REDIS_URL:
        folder = settings.DATA_DIR / "redis"
        folder.mkdir(mode=0o700, exist_ok=True)
        found.append(Program("redis", redis_command(settings.REDIS_SOCKET, folder), REDIS))
    return found


def _worker(name: str, queue: str, environment: dict[str, str] | None = None) -> Program:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", queue]
    return Program(name, command, WORKERS, environment=environment or {})


def _web_command() -> list[str]:
    host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
    options = {
        "--bind": f"{host}:{settings.PORT}",
        "--worker-class": "gthread",  # streams a big upload to disk; the sync worker dies at 30 s
        "--workers": "1",
        "--threads": str(settings.WEB_THREADS),
        "--graceful-timeout": "8",
        "--chdir": str(settings.BASE_DIR),
    }
    arguments = [part for option in options.items() for part in option]
    return [sys.executable, "-m", "gunicorn", "--no-control-socket", *arguments, "webapp.wsgi:application"]


def gpu_count() -> int:
    """How many NVIDIA GPUs train: none unless torch is a CUDA build. TAILOR_GPUS overrules."""
    if settings.GPUS is not None:
        return int(settings.GPUS)
    spec = find_spec("torch")  # finds, does not import
    if spec is None or spec.origin is None:
        return 0
    version = Path(spec.origin).with_name("version.py").read_text("utf-8")
    if not re.search(r"^cuda\b[^=]*= *['\"]", version, re.MULTILINE):
        return 0
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())


def write_supervisor_config() -> Path:
    """Writes DATA/supervisord.conf and gives its path. Raises InstallError."""
    sockets = make_socket_folder(settings.DATA_DIR)
    logs = settings.DATA_DIR / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    path = settings.DATA_DIR / "supervisord.conf"
    path.write_text(supervisor_config(programs(), logs, sockets / "supervisor.sock"), "utf-8")
    return path


def supervisor_config(listed: list[Program], logs: Path, control: Path) -> str:
    """The text of supervisor's configuration; the workers form one group, so that they stop side by side."""
    pid_file = control.with_name("supervisord.pid")
    workers = ",".join(program.name for program in listed if program.priority == WORKERS)
    supervisord = {
        "nodaemon": "true",
        "silent": "true",
        "logfile": _value(logs / "supervisord.log"),
        "umask": "077",
        "logfile_maxbytes": "5MB",
        "logfile_backups": "2",
        "pidfile": _value(pid_file),
    }
    if os.getuid() == 0:
        supervisord["user"] = "root"  # says that running as root, as in a container, is meant
    control_url = f"unix://{_value(control)}"
    parts = [
        _section("supervisord", supervisord),
        _section("unix_http_server", {"file": _value(control), "chmod": "0700"}),
        _section("supervisorctl", {"serverurl": control_url}),
        _section(
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
        _section("group:workers", {"programs": workers, "priority": str(WORKERS)}),
        *(_section(f"program:{program.name}", _program(program, logs, pid_file)) for program in listed),
    ]
    return "\n".join(parts)


def _program(program: Program, logs: Path, pid_file: Path) -> dict[str, str]:
    tether = [sys.executable, "-I", "-S", str(Path(__file__).with_name("tether.py")), str(pid_file)]
    values = {
        "command": _value(shlex.join([*tether, *program.command])),
        "directory": _value(settings.BASE_DIR),
        "priority": str(program.priority),
        "autorestart": "true",
        "startsecs": "1",
        "startretries": "100",  # covers workers that start before Redis, and a database that is away for a while
        "stopsignal": "TERM",
        "stopwaitsecs": str(program.patience),
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": _value(logs / f"{program.name}.log"),
        "stdout_logfile_maxbytes": "5MB",
        "stdout_logfile_backups": "2",
    }
    if program.environment:
        values["environment"] = ",".join(f'{name}="{value}"' for name, value in program.environment.items())
    return values


def _section(name: str, values: dict[str, str]) -> str:
    return "\n".join([f"[{name}]", *(f"{key}={value}" for key, value in values.items()), ""])


def _value(value: Path | str) -> str:
    """As it stands. Supervisor expands % (some values twice), and takes ; or # after a space for a comment."""
    text = str(value)
    if re.search(r"%|\s[;#]|[\r\n]", text):
        raise InstallError(
            f"The path {text!r} has a % in it, or a ; or # after a space, which supervisor cannot read. "
            "Move Tailor, or set TAILOR_DATA to another folder, and start again."
        )
    return text
