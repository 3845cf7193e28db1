# make demo | test | quick | check | bench. Everything is installed into .venv, by uv where it is there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 7860
WORKERS ?= 2
export LOOKALIKE_PORT := $(PORT)

.PHONY: demo test quick check bench clean
.DEFAULT_GOAL := help

help:
	@echo "make demo   install and serve the page on http://127.0.0.1:$(PORT)"
	@echo "make test   install and run the whole suite (needs Chromium: apt-get install chromium)"
	@echo "make quick  the same without the browser and what takes long"
	@echo "make check  formatting, lint, types, and which package may import which"
	@echo "make bench  measure quality, speed, engines and memory into benchmarks/"

demo: $(VENV)/runtime
	$(BIN)/python app.py

# Each worker has its own home, server, database and browser. It works in one thread: torch's
# threads of two workers on two cores would wait for one another.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal

test: $(VENV)/development
	$(PYTEST)

quick: $(VENV)/development
	$(PYTEST) -m "not browser and not slow"

check: $(VENV)/development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/development
	$(BIN)/python -m lookalike.benchmarking

# uv installs the lot in a fraction of pip's time; pip brings it into .venv on any machine.
$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv

$(VENV)/runtime: requirements.txt | $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt
	@touch $@

$(VENV)/development: requirements.txt pyproject.toml | $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt --group dev
	@touch $@ $(VENV)/runtime

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
