# `make demo` and `make test` need python3 (3.11 or newer) and nothing else; `make help` lists the rest.

BIN := .venv/bin
FAULT ?=
JOBS ?= 2
PYTEST ?= -n $(JOBS)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# mkdocs-material prints advertisement against MkDocs 2 as a warning.
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types imports house docs serve-docs format constraints picture clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## run the flights pipeline with a silent bug and find it; FAULT=name chooses the bug
	@tools/set_up.sh flights
	@PYTHONPATH=examples $(BIN)/python -m flights demo $(if $(FAULT),--fault $(FAULT))

test: ## run all tests, doctests and README blocks
	@tools/set_up.sh test
	@$(BIN)/python -m pytest $(PYTEST)

check: lint types imports house test docs ## all that must hold before a commit

lint: ## ruff, rules and format
	@tools/set_up.sh dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: ## mypy, strict
	@tools/set_up.sh dev
	@$(BIN)/mypy

imports: ## the import contract of the five floors
	@tools/set_up.sh dev
	@$(BIN)/lint-imports

house: ## house rules that no other tool knows
	@tools/set_up.sh dev
	@$(BIN)/python tools/check_house.py

docs: ## build the documentation into site/
	@tools/set_up.sh dev
	@$(BIN)/mkdocs build --strict --quiet
	@echo "Documentation: site/index.html"

serve-docs: ## show the documentation while you write it
	@tools/set_up.sh dev
	@$(BIN)/mkdocs serve

format: ## let ruff fix and format the code
	@tools/set_up.sh dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

constraints: ## pin the newest versions that can be installed together, in constraints.txt
	@tools/pin_versions.sh

picture: ## draw the README's picture anew
	@tools/set_up.sh dev
	@$(BIN)/python tools/draw_picture.py docs/images/review.svg

clean: ## remove what make and the tools made
	@rm -rf .venv .mltrace-demo site build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
