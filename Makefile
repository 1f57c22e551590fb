# Tailor on one machine. Needs nothing but make and Python 3.11 or newer:  make run
#
#   PORT=8001 make run                  another port
#   TAILOR_DATA=/srv/tailor make run    another folder for database, uploads and models
#   TORCH_INDEX=https://download.pytorch.org/whl/cu130 make setup    a CUDA build of PyTorch, for an NVIDIA GPU

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check -q
TORCH := $(shell grep '^torch==' requirements.txt)
TORCHVISION := $(shell grep '^torchvision==' requirements.txt)
# The index that was named last, so that an upgrade keeps a build for a GPU.
TORCH_INDEX ?= $(word 2,$(shell cat $(VENV)/.torch 2>/dev/null))
CPU_INDEX := https://download.pytorch.org/whl/cpu
# What is installed is named after what was asked for: a changed requirement is installed at the next start.
RUNTIME := $(VENV)/.runtime-$(shell cksum < requirements.txt | tr ' ' -)
BENCH := $(VENV)/.bench-$(shell cat requirements-bench.txt | cksum | tr ' ' -)
DEVELOPMENT := $(VENV)/.development-$(shell cat requirements.txt requirements-dev.txt | cksum | tr ' ' -)
PYTEST_OPTIONS ?=
# Whether PyTorch is installed as asked for, and torchvision beside it; one for a GPU is left as it is.
define TORCH_IS_HERE
from importlib.metadata import version
torch = version("torch")
assert "torch==" + torch.split("+")[0] == "$(TORCH)"
assert "+cu" in torch or "torchvision==" + version("torchvision").split("+")[0] == "$(TORCHVISION)"
endef
export TORCH_IS_HERE

.PHONY: help run setup test test-slow fuzz check format bench clean
.NOTPARALLEL:

help:
	@echo "make run     set everything up, serve on http://127.0.0.1:8000; Ctrl-C stops all of it"
	@echo "make test    run the tests, in several minutes; make test-slow runs the few that are left out there"
	@echo "make fuzz    hundreds of thousands of odd files against the readers, for an hour or so; FUZZ=10 for a tenth of it"
	@echo "make check   format, lint, types, import order"
	@echo "make bench   the measurements of benchmarks/, all of them; at the end, which ones missed their targets"
	@echo "make setup   only the environment, in .venv"
	@echo "make clean   remove the environment and caches; your data stays"

run: $(RUNTIME)
	@DJANGO_SETTINGS_MODULE=webapp.settings exec $(PY) manage.py serve

setup: $(RUNTIME)
	@if [ -n "$(TORCH_INDEX)" ] && [ "$$(cat $(VENV)/.torch 2>/dev/null)" != "$(TORCH) $(TORCH_INDEX)" ]; then \
		echo "Installing PyTorch from $(TORCH_INDEX) …"; \
		$(PIP) install --force-reinstall --index-url "$(TORCH_INDEX)" "$(TORCH)" "$(TORCHVISION)" && \
		$(PIP) install -r requirements.txt && echo "$(TORCH) $(TORCH_INDEX)" > $(VENV)/.torch; \
	fi
	@echo "The environment is ready, in $(VENV)."

test: $(DEVELOPMENT)
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests …"; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
			>/dev/null 2>&1 || echo "Chromium could not be installed; the browser tests are skipped."; \
	else \
		echo "The browser tests need Chromium, for example: sudo apt-get install chromium. They are skipped."; \
	fi
	@$(PY) -m pytest -n 3 --dist loadfile $(PYTEST_OPTIONS)

test-slow: $(DEVELOPMENT)
	@$(PY) -m pytest -m slow $(PYTEST_OPTIONS)

FUZZ ?= 100
fuzz: $(DEVELOPMENT)
	@TAILOR_FUZZ=$(FUZZ) $(PY) -m pytest -n 2 --timeout 36000 tests/trainer/data/test_properties.py $(PYTEST_OPTIONS)

check: $(DEVELOPMENT)
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy .
	@$(VENV)/bin/lint-imports

format: $(DEVELOPMENT)
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

bench: $(BENCH)
	@$(PY) -m benchmarks

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Into a folder of its own: Tailor does without these, and is measured without them.
$(BENCH): | $(RUNTIME)
	@echo "Installing what the benchmarks compare with …"
	@rm -rf $(VENV)/bench $(VENV)/.bench-*
	@$(PIP) install --no-deps --target $(VENV)/bench -r requirements-bench.txt
	@touch $@

# A Python that is new enough and can make virtual environments, or one plain sentence.
$(PY):
	@set -e; found="$(PYTHON)"; \
	if [ -z "$$found" ]; then \
		for name in python3 python3.13 python3.12 python3.11 python; do \
			if command -v $$name >/dev/null 2>&1 && \
				$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$name; break; fi; \
		done; \
	fi; \
	if [ -z "$$found" ] || ! "$$found" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "Tailor needs Python 3.11 or newer; $$(python3 --version 2>/dev/null || echo 'no Python') was found." >&2; \
		echo "Install one, for example: sudo apt-get install python3.11 python3.11-venv" >&2; exit 1; \
	fi; \
	echo "Making the environment in $(VENV) …"; \
	if ! "$$found" -m venv $(VENV) >/dev/null 2>&1; then \
		rm -rf $(VENV); \
		echo "This Python ($$found) cannot make a virtual environment." >&2; \
		echo "Install the missing part, for example: sudo apt-get install python3-venv" >&2; exit 1; \
	fi

# The CPU build of PyTorch is a tenth of the size of the default one; where its index cannot be reached, the default one.
$(RUNTIME): | $(PY)
	@echo "Installing PyTorch and the other packages; this takes a few minutes the first time."
	@echo "1 of 2: PyTorch …"
	@if [ -n "$(TORCH_INDEX)" ]; then \
		if ! $(PIP) install --index-url "$(TORCH_INDEX)" "$(TORCH)" "$(TORCHVISION)"; then \
			echo "$(TORCH) cannot be had from $(TORCH_INDEX), which was named last. Name another index:" >&2; \
			echo "TORCH_INDEX=https://download.pytorch.org/whl/cu130 make setup   ($(CPU_INDEX) for none)" >&2; exit 1; \
		fi; \
		echo "$(TORCH) $(TORCH_INDEX)" > $(VENV)/.torch; \
	elif $(PY) -c "$$TORCH_IS_HERE" 2>/dev/null; then :; \
	elif [ "$$(uname)" = Linux ]; then \
		$(PIP) install --index-url "$(CPU_INDEX)" --retries 0 --timeout 15 "$(TORCH)" "$(TORCHVISION)" >/dev/null 2>&1 || \
		$(PIP) install "$(TORCH)"; \
	else \
		$(PIP) install "$(TORCH)"; \
	fi
	@echo "2 of 2: the other packages …"
	@$(PIP) install -r requirements.txt
	@$(PY) -c "from trainer.torchvision_repair import repair_environment; repair_environment()"
	@rm -f $(VENV)/.runtime-*; touch $@

$(DEVELOPMENT): $(RUNTIME)
	@echo "Installing what the tests need …"
	@$(PIP) install -r requirements-dev.txt
	@rm -f $(VENV)/.development-*; touch $@
