# `make demo` and `make test` are all that a first look needs. The first run makes .venv and
# installs into it; later runs find it ready.
#
#   make demo PYTHON=python3.12
#   make test TORCH_PIP_ARGS="--index-url https://download.pytorch.org/whl/cpu"   (no CUDA libraries)

PYTHON ?= python3
TORCH ?= torch==2.13.0
TORCH_PIP_ARGS ?=
TIMM ?= timm==1.0.31
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
# Not compiled: most of the modules are never imported, and Python compiles those that are.
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-compile
DEMO := build/demo
WHEEL := build/wheel

.DEFAULT_GOAL := help
.PHONY: help demo demo-train test lint docs dist sbom format setup clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

demo: $(VENV)/.core ## predict the photograph that the package carries, with the released model; no torch
	@mkdir -p build
	$(BIN)/gender-classifier demo --out build/demo.jpg --overwrite

demo-train: $(VENV)/.train ## draw faces in two classes, train on them for about a minute, show the report
	@rm -rf $(DEMO)
	@echo "Drawing faces in two classes, told apart by their cloth: female wears narrow stripes, male broad checks."
	@$(BIN)/python -c 'from pathlib import Path; from gender_classifier.data.synthetic import draw_dataset; draw_dataset(Path("$(DEMO)/faces"))'
	@echo "Training on them from nothing:"
	$(BIN)/gender-classifier train $(DEMO)/faces --out $(DEMO)/run --config demo
	@echo "This model knows cloth and nothing of people. Look at $(DEMO)/run/report.md and its figures beside it."

# Each test takes one thread. With one process a debugger works: ARGS="-n 0 --pdb".
test: $(VENV)/.dev ## run the tests on all cores, at most eight (ARGS="tests/metrics -k sweep" for a part)
	$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal $(ARGS)

# Of benchmarks and of the site's scripts, which no test runs as a whole: that all they call is there and takes what they give.
LOOSE = arg-type assignment call-overload misc no-any-return no-untyped-call operator union-attr var-annotated
SCRIPTS = --ignore-missing-imports --implicit-reexport --no-warn-unused-ignores $(LOOSE:%=--disable-error-code %) benchmarks docs

lint: $(VENV)/.dev ## check format, style, types and the rooms' import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy $(SCRIPTS)
	$(BIN)/lint-imports --no-logo --cache-dir build/imports

docs: $(VENV)/.docs ## build the site into build/site; warnings are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "open build/site/index.html"

# From a folder without our sources, so that what runs is the wheel.
dist: $(VENV)/.dev ## build wheel and source archive, check them, run the wheel's demo in an environment of its own
	@rm -rf build/dist $(WHEEL)
	$(BIN)/python -m build --quiet --outdir build/dist .
	$(BIN)/twine check --strict build/dist/*
	@$(PYTHON) -m venv $(WHEEL)/venv && mkdir $(WHEEL)/elsewhere
	@$(WHEEL)/venv/bin/python -m pip install --disable-pip-version-check --no-compile --quiet build/dist/*.whl
	cd $(WHEEL)/elsewhere && ../venv/bin/gender-classifier --version && ../venv/bin/gender-classifier demo --out demo.jpg
	$(BIN)/python tests/wheel.py $(WHEEL)/venv/bin/python

sbom: dist ## list what a plain installation brings, as CycloneDX, into build/sbom.cdx.json
	$(BIN)/cyclonedx-py environment $(WHEEL)/venv/bin/python --pyproject pyproject.toml --output-reproducible \
	  --output-file build/sbom.cdx.json
	$(BIN)/python -c 'import json; found = json.load(open("build/sbom.cdx.json")); print(len(found["components"]), "components")'

setup: $(VENV)/.dev ## make .venv with all that tests and checks need

format: $(VENV)/.dev ## mend format and style where a tool can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove the virtual environment and everything built
	rm -rf $(VENV) build dist

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo missing)." \
	    "Name one: make $(or $(MAKECMDGOALS),demo) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@touch $@

# What predicting needs, and nothing more; where the rest is installed already, so is this.
$(VENV)/.core: $(VENV)/.python pyproject.toml
	@echo "installing gender-classifier into $(VENV): a minute"
	@$(INSTALL) --quiet --editable .
	@touch $@

# The site's tables and references come from the core alone; no torch.
$(VENV)/.docs: $(VENV)/.python pyproject.toml
	@echo "installing gender-classifier[docs] into $(VENV): a minute"
	@$(INSTALL) --quiet --editable ".[docs]"
	@touch $(VENV)/.core $@

# torch first and by itself: then nothing that needs it can bring another build of it.
$(VENV)/.torch: $(VENV)/.python
	@echo "installing $(TORCH) into $(VENV), once: the largest part"
	@$(INSTALL) $(TORCH_PIP_ARGS) "$(TORCH)"
	@touch $@

$(VENV)/.train: $(VENV)/.torch pyproject.toml
	@echo "installing gender-classifier[train] into $(VENV): a minute or two"
	@$(INSTALL) --quiet --editable ".[train]"
	@touch $(VENV)/.core $@

# timm stands without its dependencies: it would bring torchvision, and only its network is compared with.
$(VENV)/.dev: $(VENV)/.torch pyproject.toml
	@echo "installing gender-classifier[dev] and $(TIMM) into $(VENV): a minute or two"
	@$(INSTALL) --quiet --editable ".[dev]"
	@$(INSTALL) --quiet --no-deps "$(TIMM)"
	@touch $(VENV)/.core $(VENV)/.docs $(VENV)/.train $@
