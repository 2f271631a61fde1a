IN_TEMPORARY_HOME := bin/in-temporary-home
LOCK := .venv/tools/bin/uv pip compile pyproject.toml --universal --python-version 3.12 \
	--generate-hashes --no-annotate --custom-compile-command "make lock" --quiet
# One process runs the tests of a file. It begins with the first folders, whose tests take longest.
PARALLEL := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
DEV_EXTRAS := --extra local --extra sandbox-bank --extra dev

.DEFAULT_GOAL := help
.PHONY: help setup run test test-slow test-django-4.2 screenshots check format lock bench chaos

help:  ## list the targets
	@sed -n "s/^\([a-z0-9.-]*\):[^#]*## /\1|/p" Makefile | while IFS="|" read -r name text; do \
		printf "  make %-16s %s\n" "$$name" "$$text"; done

setup:  ## make .venv with everything in it
	@bin/setup

run: setup  ## run the whole service here, and show one payout
	@exec .venv/bin/payouts up --demo $(ARGS)

test: setup  ## run the tests on a real PostgreSQL and a real Redis (ARGS="-k name" for some)
	@$(IN_TEMPORARY_HOME) .venv/bin/python -m pytest $(PARALLEL) $(ARGS)

test-slow: setup  ## run the tests that take minutes
	@$(IN_TEMPORARY_HOME) .venv/bin/python -m pytest -m slow $(ARGS)

test-django-4.2: setup  ## run the tests on the oldest Django that is kept running
	@test -x .venv-django-4.2/bin/python || .venv/bin/python -m venv .venv-django-4.2
	@.venv-django-4.2/bin/pip install --quiet --require-hashes -r requirements-django-4.2.lock
	@.venv-django-4.2/bin/pip install --quiet --no-build-isolation --no-deps -e .
	@$(IN_TEMPORARY_HOME) .venv-django-4.2/bin/python -m pytest $(PARALLEL) $(ARGS)

screenshots: setup  ## take the pictures of the docs again, in docs/images
	@mkdir -p docs/images
	@$(IN_TEMPORARY_HOME) .venv/bin/python -m pytest tests/browser --screenshots docs/images $(ARGS)

check: setup  ## format, lint, types, import contracts, migration drift, deployment check
	@.venv/bin/ruff format --check
	@.venv/bin/ruff check
	@.venv/bin/lint-imports
	@$(IN_TEMPORARY_HOME) .venv/bin/mypy
	@$(IN_TEMPORARY_HOME) .venv/bin/django-admin makemigrations --check --dry-run
	@$(IN_TEMPORARY_HOME) env BEHIND_TLS_PROXY=true \
		.venv/bin/django-admin check --deploy --fail-level WARNING

format: setup  ## format the code, and fix what can be fixed
	@.venv/bin/ruff format
	@.venv/bin/ruff check --fix

lock: setup  ## lock the dependencies again (ARGS="--upgrade" for newer versions)
	@test -x .venv/tools/bin/uv || .venv/bin/python -m venv .venv/tools
	@.venv/tools/bin/pip install --quiet --disable-pip-version-check uv
	@$(LOCK) -o requirements.lock $(ARGS)
	@$(LOCK) --extra sandbox-bank -c requirements.lock -o requirements-sandbox-bank.lock $(ARGS)
	@$(LOCK) $(DEV_EXTRAS) -c requirements.lock -o requirements-dev.lock $(ARGS)
	@$(LOCK) --extra bench -c requirements.lock -o requirements-bench.lock $(ARGS)
	@echo "django<5" | $(LOCK) $(DEV_EXTRAS) -c - -o requirements-django-4.2.lock $(ARGS)

chaos: setup  ## inject faults while payouts are created, and check that money moved once
	@.venv/bin/python -m chaos $(ARGS)

bench: setup  ## measure how fast the service is, beside floors (ARGS=--help)
	@cmp -s requirements-bench.lock .venv/payouts-bench || { \
		.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock && \
		cp requirements-bench.lock .venv/payouts-bench; }
	@$(IN_TEMPORARY_HOME) .venv/bin/python -m benchmarks $(ARGS)
