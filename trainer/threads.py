"""Settings of the process that must be in its environment before torch is first imported."""

import os

_DEFAULTS = {
    # By default OpenMP threads spin while they wait: where cores are shared, everything becomes 2–4 times slower.
    "OMP_WAIT_POLICY": "passive",
    "TOKENIZERS_PARALLELISM": "true",
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}


def prepare_environment() -> None:
    """Sets what is not set already. Importing `trainer` calls this, so that no module of ours can be early."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
