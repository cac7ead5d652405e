# What one does here. `make` alone lists it.
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv

.PHONY: help run test check format lock smoke drills bench docs pictures clean ci
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: $(VENV)/.run ## start everything: PostgreSQL, Kafka, all services; Ctrl-C stops it
	@$(VENV)/bin/lianzhi up

test: $(VENV)/.dev ## the whole test suite, against real PostgreSQL and Kafka that it starts itself
	@$(PY) -m tests $(ARGS)

check: $(VENV)/.dev ## format, lint, types, import contracts
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

format: $(VENV)/.dev ## format the code
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

smoke: $(VENV)/.run ## start it as a user would, play two weeks, rebuild everything from the log, stop
	@data=$$(mktemp -d) && trap "$(VENV)/bin/lianzhi down --data $$data; rm -rf $$data" EXIT && \
	$(VENV)/bin/lianzhi up --detach --no-demo --data $$data --ports 18100 && \
	$(VENV)/bin/lianzhi demo --until 2021-01-18 --data $$data && \
	$(VENV)/bin/lianzhi replay --check --data $$data

drills: $(VENV)/.dev ## the fault drills in their long form
	@LIANZHI_DRILLS=long $(PY) -m pytest tests/drills

bench: $(VENV)/.run ## measure speed beside its floors; writes bench/latest.json
	@$(VENV)/bin/lianzhi bench --json bench/latest.json

docs: $(VENV)/.dev ## regenerate docs/generated
	@$(VENV)/bin/lianzhi docs

pictures: $(VENV)/.dev ## take the README's pictures of the console from what `make run` shows
	@$(PY) -m deploy.pictures $(DATA)

lock: $(VENV)/.uv ## resolve the requirements again
	@$(UV) pip compile -q pyproject.toml --extra dev --generate-hashes --universal --no-header -o requirements-dev.lock
	@$(UV) pip compile -q pyproject.toml --generate-hashes --universal --no-header -c requirements-dev.lock -o requirements.lock

ci: check test smoke ## what has to pass before a change lands

clean: ## forget the environment and the data of `make run`
	@rm -rf $(VENV) .lianzhi

$(VENV)/.uv:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(PY) || python3 -m venv $(VENV)
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

$(VENV)/.run: $(VENV)/.uv requirements.lock
	@$(UV) pip install -q --python $(PY) --require-hashes -r requirements.lock
	@$(PY) -m deploy.link
	@touch $@

$(VENV)/.dev: $(VENV)/.uv requirements-dev.lock
	@$(UV) pip install -q --python $(PY) --require-hashes -r requirements-dev.lock
	@$(PY) -m deploy.link
	@touch $@ $(VENV)/.run
