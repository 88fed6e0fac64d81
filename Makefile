# The tasks of this project: run, test, check, fix, bench.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8501

.PHONY: run test check fix bench

# Open the app; where there is no database yet, with a simulated year in it.
run: .venv/installed
	[ -n "$$DATABASE_URL" ] || [ -e var/svartid.db ] || $(BIN)/python -m data_access demo
	$(BIN)/streamlit run app.py --server.port $(PORT)

# Run every test, those in a real browser and on a real PostgreSQL too, on every processor; in the order of the files, so
# that the browser's long ones come first.
test: .venv/installed-dev .venv/browser .venv/nginx
	$(BIN)/python -m pytest --numprocesses=$$(getconf _NPROCESSORS_ONLN) --dist=loadfile --no-loadscope-reorder

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
.venv/browser: .venv/installed-dev
	command -v chromium || command -v chromium-browser \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get && apt-get update -q && apt-get install -y -q chromium; } \
	  || $(BIN)/playwright install chromium
	touch $@

# The proxy of docs/deploy: Debian's package (as root); without it its tests are skipped.
.venv/nginx: .venv/installed-dev
	if command -v nginx || [ -x /usr/sbin/nginx ]; then touch $@; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get; then \
	  apt-get update -q && apt-get install -y -q --no-install-recommends nginx && touch $@; \
	else echo "nginx is missing: the tests of the proxy are skipped"; fi
