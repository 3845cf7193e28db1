# make demo | test | check | bench. Everything is installed into .venv, by uv where it is there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 7860
export LOOKALIKE_PORT := $(PORT)

.PHONY: demo test check bench clean
.DEFAULT_GOAL := help

help:
	@echo "make demo   install and serve the page on http://127.0.0.1:$(PORT)"
	@echo "make test   install and run the whole suite (needs Chromium: apt-get install chromium)"
	@echo "make check  formatting, lint, types, and which package may import which"
	@echo "make bench  measure quality, speed, engines and memory into benchmarks/"

demo: $(VENV)/runtime
	$(BIN)/python app.py

test: $(VENV)/development
	$(BIN)/python -m pytest

check: $(VENV)/development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/development
	$(BIN)/python -m benchmarks

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
