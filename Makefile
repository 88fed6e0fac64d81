# The tasks of this project: run, test, check, fix, bench.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8501
# Python's packages and the system's are fetched beside each other.
MAKEFLAGS += --jobs=2

.PHONY: run test quick thorough mutants check fix bench

# Open the app; where there is no database yet, with a simulated year in it. The phones of a simulated year ring.
run: .venv/installed
	[ -n "$$DATABASE_URL" ] || [ -e var/svartid.db ] || $(BIN)/python -m data_access demo
	@$(BIN)/python -m data_access demo --follow 2>/dev/null & exec $(BIN)/streamlit run app.py --server.port $(PORT)

ON_EVERY_PROCESSOR := --numprocesses=$$(getconf _NPROCESSORS_ONLN) --dist=loadfile --no-loadscope-reorder

# Run every test, those in a real browser and on a real PostgreSQL too, on every processor; in the order of the files, so
# that the browser's long ones come first.
test: .venv/installed-dev .venv/browser .venv/nginx
	$(BIN)/python -m pytest $(ON_EVERY_PROCESSOR)

# While coding: the rules, the house, and whether every page opens.
quick: .venv/installed-dev
	$(BIN)/python -m pytest $(ON_EVERY_PROCESSOR) -k "not postgresql and not whatever_names" \
	  tests/metrics tests/test_house.py tests/pages/test_smoke.py

# Every test, with ten times as many examples of what is drawn.
thorough: .venv/installed-dev .venv/browser .venv/nginx
	$(BIN)/python -m pytest $(ON_EVERY_PROCESSOR) --hypothesis-profile=thorough

# Change the rules one by one; what no test notices is listed at the end.
mutants: .venv/installed-dev
	$(BIN)/mutmut run
	$(BIN)/mutmut results

# Style, types, floors, dependencies.
check: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

# Mend what can be mended by itself.
fix: .venv/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Measure; prints ratios of one run.
bench: .venv/installed-dev
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.looks
	$(BIN)/python -m tests.bench.callbacks
	$(BIN)/python -m tests.bench.notes
	$(BIN)/python -m tests.bench.signals
	$(BIN)/python -m tests.bench.relatel
	$(BIN)/python -m tests.bench.relatel_week
	$(BIN)/python -m tests.bench.freshness
	$(BIN)/python -m tests.bench.flood

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/installed-dev: requirements.txt requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@ .venv/installed

# The system's Chromium if there is one, else Debian's package (as root), else Playwright's own.
A_WAY_WITHOUT_PIP := $(shell command -v chromium || command -v chromium-browser || { [ "$$(id -u)" = 0 ] && command -v apt-get; } \
  || echo missing)
.venv/browser: $(if $(filter missing,$(A_WAY_WITHOUT_PIP)),.venv/installed-dev) | .venv/bin/python
	command -v chromium || command -v chromium-browser \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get && apt-get update -q && apt-get install -y -q chromium; } \
	  || $(BIN)/playwright install chromium
	touch $@

# The proxy of docs/deploy: Debian's package (as root); without it its tests are skipped. After the browser, because
# packages are installed one after the other.
.venv/nginx: .venv/browser
	if command -v nginx || [ -x /usr/sbin/nginx ]; then touch $@; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get; then \
	  apt-get update -q && apt-get install -y -q --no-install-recommends nginx && touch $@; \
	else echo "nginx is missing: the tests of the proxy are skipped"; fi
