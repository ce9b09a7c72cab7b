# `make` lists the targets. Each makes its own environment from the hash-pinned requirements.
# Another Python, another place: make test PYTHON=python3.13 VENV=/tmp/venv
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ONCE   ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check bench lock clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

# An environment whose making was interrupted, or whose Python has gone, is made anew. setuptools goes:
# nothing here needs it, and the hook that it leaves slows every start.
$(VENV)/.run: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "syncd needs Python 3.11 or newer; set PYTHON=")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip uninstall --yes -qqq setuptools
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/dev.txt
	@touch $@

demo: $(VENV)/.run ## run the main job on emulated sources; ONCE=1 does one pass and exits
	$(BIN)/syncd demo $(if $(ONCE),--once)

test: $(VENV)/.dev ## every test that needs no shared folder
	$(BIN)/python -m pytest -n 3

check: $(VENV)/.dev ## lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## benchmarks, each as a ratio to a floor measured in the same run
	$(BIN)/python -m benchmarks

lock: ## write requirements/*.txt anew (needs uv)
	uv pip compile pyproject.toml --extra demo --extra postgres --group runtime-build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements/run.txt
	uv pip compile pyproject.toml --extra demo --extra postgres --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements/run.txt -o requirements/dev.txt

clean: ## remove the environment and the caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
