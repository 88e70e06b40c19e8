# make run and make test do all their set-up on a machine that has Python >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check bench germany docs wheel lock clean

run: $(VENV)/.run  ## the main job on the shipped example
	$(BIN)/megaregion run examples/yangtze-delta

test: $(VENV)/.dev  ## the test suite
	$(BIN)/pytest -q -n auto --dist loadfile

check: $(VENV)/.dev  ## style, types, layers, docs
	$(BIN)/ruff check src tests benchmarks examples docs
	$(BIN)/ruff format --check src tests benchmarks examples docs
	$(BIN)/mypy --strict src
	$(BIN)/pytest -q tests/contract
	printf "%s\n" docs/howto/*.py | xargs -P 2 -I FILE sh -c "echo FILE; $(BIN)/python FILE > /dev/null"
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --site-dir $(VENV)/site

bench: $(VENV)/.dev  ## benchmarks beside the peer libraries
	for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

germany: $(VENV)/.run  ## fetch the German data from the publishers (or MIRROR=DIR) and run
	$(BIN)/megaregion fetch examples/germany $(if $(MIRROR),--mirror $(MIRROR))
	$(BIN)/megaregion run examples/germany

wheel: $(VENV)/.dev
	rm -rf dist && $(BIN)/python -m build --wheel --outdir dist .

lock:  ## pin the versions anew
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install -q -e '.[rdata]' && .venv-lock/bin/pip freeze --exclude-editable > locks/run.txt
	.venv-lock/bin/pip install -q -e '.[all,dev]' && .venv-lock/bin/pip freeze --exclude-editable > locks/dev.txt
	rm -rf .venv-lock

clean:
	rm -rf $(VENV) dist site examples/*/results examples/*/report

$(VENV)/bin/python:
	$(PYTHON) -c "import sys; sys.exit(None if sys.version_info >= (3, 11) else 'Python 3.11 or newer is needed')"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python locks/run.txt pyproject.toml
	$(BIN)/pip install -q -r locks/run.txt
	$(BIN)/pip install -q --no-deps -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run locks/dev.txt
	$(BIN)/pip install -q -r locks/dev.txt
	touch $@
