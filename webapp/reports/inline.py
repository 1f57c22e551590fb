"""Our own scripts and styles inside one document, with the policy that lets these and nothing else run."""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders

_IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./([\w-]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const) (\w+))", re.MULTILINE)


def static_text(name: str) -> str:
    """The text of one of the static files, with the line ends that a browser hashes."""
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(f"The static file {name} is missing. Run `make setup`.")
    return Path(found).read_text("utf-8").replace("\r\n", "\n")


def script_of_modules(entry: str) -> str:
    """One script out of static/js/`entry`.js and the modules that it imports, each in a scope of its own."""
    parts: dict[str, str] = {}
    _collect(entry, parts)
    return _safe("\n".join(parts.values()))


def _collect(module: str, parts: dict[str, str]) -> None:
    text = static_text(f"js/{module}.js")
    for _, imported in _IMPORT.findall(text):
        if imported not in parts:
            _collect(imported, parts)
    text = _IMPORT.sub(lambda match: f"const {{ {match[1]} }} = {_scope(match[2])};\n", text)
    names = _EXPORT.findall(text)
    inside = _EXPORT.sub("", text)
    parts[module] = f"const {_scope(module)} = (() => {{\n{inside}\nreturn {{ {', '.join(names)} }};\n}})();"


def _scope(module: str) -> str:
    return f"module_{module.replace('-', '_')}"


def styles_of(*names: str) -> str:
    """Style sheets of static/css, one after the other."""
    return _safe("\n".join(static_text(f"css/{name}.css") for name in names))


def _safe(text: str) -> str:
    """Our own text for a script or style element, which nothing in it may end."""
    if re.search(r"</(?:script|style)|<!--", text, re.IGNORECASE):
        raise ValueError("a script or style of ours would end its own element")
    return text


def packed_json(value: Any) -> str:
    """JSON, compressed, in letters and digits only: no text in it can be taken for markup."""
    return packed(json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii"))


def packed(content: bytes) -> str:
    """Compressed, in letters and digits. The same content gives the same text."""
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode("ascii")


@lru_cache(maxsize=1)
def chart_library() -> tuple[str, str]:
    """plotly.min.js, packed, and its hash for the policy."""
    text = static_text("vendor/plotly.min.js")
    return packed(text.encode()), hash_of(text)


def hash_of(text: str) -> str:
    """As a Content-Security-Policy names an inline script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(*, scripts: Iterable[str], styles: Iterable[str]) -> str:
    """A Content-Security-Policy by which only these run (`hash_of`), and nothing is fetched or sent."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(scripts)}",
            f"style-src {' '.join(styles)}",
            "img-src data: blob:",
            "connect-src 'none'",
            "form-action 'none'",
            "base-uri 'none'",
        )
    )
