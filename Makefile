# Targets. They need Python 3.11 or newer and make; `make help` lists them.

# PYTHON is the first of these commands that is Python 3.11 or newer.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null && echo $$name && exit; done; echo python3)
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?= ../shared/data
# Number of test files that run at once. Most tests wait for Kafka, so two are also right for one core.
JOBS   ?= 2
DOCKER ?= docker
VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' services/__init__.py)
GO     ?= go
RUNS   := $(VENV)/.installed
STAMP  := $(VENV)/.installed-dev
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input
# A lock names every package, so pip looks for no others. The lock leaves out what pyproject.toml excludes. Python compiles
# a module when it first imports it, so that modules that are never used cost neither time nor disk.
SYNC   := $(PIP) install --root-user-action ignore --no-compile --no-deps --require-hashes

# `uv pip compile` keeps the versions that the output file has, unless UPGRADE says otherwise.
LOCK_GROUP := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $(UPGRADE)
LOCK       := $(LOCK_GROUP) pyproject.toml

# Go modules that contain the definitions of the operators' resources, by which kubernetes-check checks the manifests.
KEDA                := github.com/kedacore/keda/v2@v2.18.1
PROMETHEUS_OPERATOR := github.com/prometheus-operator/prometheus-operator@v0.85.0

.DEFAULT_GOAL := help
.PHONY: help install install-dev install-size test-install demo images image-digests test-containers test-upgrade kubernetes-check kubernetes-tools test test-unit test-kills test-monitoring monitoring-tools dashboard-pictures test-page page-pictures lint reference bench bench-peers scorecard lock upgrade pre-commit clean chaos replay fuzz

help: ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk 'BEGIN {FS = ":.*## "} {printf "  make %-16s %s\n", $$1, $$2}'

install: $(RUNS) ## create .venv with the packages that Copydesk needs to run, checked by hash

install-dev: $(STAMP) ## add to .venv what tests, lint and the generators need

$(RUNS): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; try make PYTHON=python3.11")'
	@echo "Installing $$(grep -c == requirements.lock) packages into $(VENV): downloads 150 MB, once"
	@$(PYTHON) -m venv $(VENV)
	@$(SYNC) -r requirements.lock
	@# Python 3.11 puts setuptools into a new environment; no package needs it.
	@$(PIP) --quiet uninstall --yes setuptools 2> /dev/null || true
	@echo "Installing the command copydesk"
	@$(PIP) --quiet install --root-user-action ignore --no-deps --no-build-isolation -e .
	@touch $(RUNS)

$(STAMP): requirements-dev.lock $(RUNS)
	@echo "Installing what tests and lint need into $(VENV), once"
	@$(SYNC) -r requirements-dev.lock
	@touch $(STAMP)

demo: install ## run Kafka and the services on this machine, and show enriched sample articles
	@$(BIN)/copydesk demo

test-unit: install-dev ## run the unit tests: no broker, no model, about a minute
	@$(BIN)/python -m pytest tests/unit tests/architecture -m "not kafka and not weights and not slow" $(PYTEST_ARGS)

test: install-dev ## run the whole test suite, with a real Kafka
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile $(PYTEST_ARGS)

install-size: install ## measure .venv on disk, which may have 450 MB after `make demo`
	@$(BIN)/python -m tests.install.disk_usage

test-install: install-dev ## run `make demo` in a new clone as a person would: another user, a path with spaces, then without network
	@$(BIN)/python -m pytest tests/install -m "install or not install" $(PYTEST_ARGS)

images: ## build the images copydesk/{ingest,processor,sink,archive,tools} with this machine's Docker engine, tagged with the version
	for image in ingest processor sink archive tools; do DOCKER_BUILDKIT=1 $(DOCKER) build -f deploy/Dockerfile --target $$image \
		$(if $(PYTHON_IMAGE),--build-arg PYTHON_IMAGE=$(PYTHON_IMAGE)) \
		--build-arg REVISION=$$(git rev-parse HEAD) --build-arg VERSION=$(VERSION) -t copydesk/$$image:$(VERSION) -t copydesk/$$image . || exit 1; done

image-digests: install-dev ## pin the images that are not ours to what their tags are in the registries now; needs docker buildx
	@$(BIN)/python -m services.reference images

test-containers: install-dev images ## test the images and the compose project on a Docker engine, with services killed
	@$(BIN)/python -m pytest tests/containers -m "containers or not containers" $(PYTEST_ARGS)

kubernetes-check: install-dev ## check the Kubernetes manifests by kubeconform and by the settings; needs kubectl, no cluster
	@command -v kubectl > /dev/null || { echo "kubectl is missing: the overlays cannot be put together"; exit 1; }
	@$(BIN)/python -m pytest tests/deploy -rsP --no-header $(PYTEST_ARGS)

kubernetes-tools: install-dev ## install kubeconform and the operators' definitions into .venv, with Go 1.26 or newer
	mkdir -p $(VENV)/kubernetes/definitions
	GOBIN="$(CURDIR)/$(VENV)/kubernetes" $(GO) install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
	$(GO) mod download $(KEDA) $(PROMETHEUS_OPERATOR)
	cd "$$($(GO) env GOMODCACHE)" && install -m 644 -t "$(CURDIR)/$(VENV)/kubernetes/definitions" \
		$(KEDA)/config/crd/bases/keda.sh_scaledobjects.yaml \
		$(KEDA)/config/crd/bases/keda.sh_triggerauthentications.yaml \
		$(PROMETHEUS_OPERATOR)/example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml \
		$(PROMETHEUS_OPERATOR)/example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml

test-upgrade: install-dev ## run the last release beside this one on one Kafka, upgrade and roll back, in some minutes; needs the whole history
	@$(BIN)/python -m pytest tests/upgrade -m upgrade $(PYTEST_ARGS)

test-monitoring: install-dev ## test alerts and dashboards with a real Prometheus; needs monitoring-tools
	@PATH="$$PATH:$(CURDIR)/$(VENV)/monitoring/usr/bin"; for tool in prometheus promtool amtool; do \
		command -v $$tool > /dev/null || { echo "$$tool is missing: make monitoring-tools"; exit 1; }; done
	@$(BIN)/python -m pytest tests/monitoring -m "monitoring or not monitoring" $(PYTEST_ARGS)

monitoring-tools: install-dev ## unpack Prometheus' programs from Debian's packages into .venv
	mkdir -p $(VENV)/monitoring
	cd $(VENV)/monitoring && apt-get download prometheus prometheus-alertmanager && for file in *.deb; do dpkg-deb -x $$file .; done

dashboard-pictures: install-dev ## draw the dashboards in docs/dashboards/, on an idle machine, within 20 minutes; needs monitoring-tools
	@PATH="$$PATH:$(CURDIR)/$(VENV)/monitoring/usr/bin" $(BIN)/python -m tests.monitoring.pictures

test-page: install-dev ## test the page in a real browser; needs Chromium (Debian: chromium, chromium-driver)
	@command -v chromedriver > /dev/null || { echo "chromedriver is missing; on Debian: apt-get install chromium chromium-driver"; exit 1; }
	@$(BIN)/python -m pytest tests/page tests/unit/page $(PYTEST_ARGS)

page-pictures: install-dev ## draw the pictures of the page in docs/page/; needs Chromium, fonts-noto-core and fonts-inter
	@$(BIN)/python -m tests.page.pictures

lint: install-dev ## check formatting, lint, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/lint-imports --no-cache

pre-commit: install-dev ## run the checks of `.pre-commit-config.yaml` before each commit
	$(BIN)/pre-commit install

reference: install-dev ## generate schemas/, the tables in docs/, Kubernetes resources and dashboards from the code
	$(BIN)/python -m services.reference

test-kills: install-dev ## kill archive, replay, backfill, dead-letter replay and retraction 20 times at every step, on a real Kafka
	@KILLS=20 DLQ_KILLS=20 $(BIN)/python -m pytest tests/integration/test_archive.py tests/integration/test_replay.py \
		tests/integration/test_dead_letters.py tests/integration/test_retractions.py \
		tests/unit/cli/articles/test_backfill.py -k kills $(PYTEST_ARGS)

chaos: install-dev ## run hundreds of faults on the real services: CHAOS_ARTICLES, CHAOS_KILLS, CHAOS_SEED, CHAOS_RATE, CHAOS_SPECIAL
	@$(BIN)/python -m tests.chaos --articles $(or $(CHAOS_ARTICLES),1000) --kills $(or $(CHAOS_KILLS),50) \
		--rate $(or $(CHAOS_RATE),8) $(if $(CHAOS_SEED),--seed $(CHAOS_SEED)) \
		$(foreach file,$(foreach name,$(CHAOS_FILES),$(or $(wildcard $(name)),$(name))),--file $(file)) $(foreach name,$(CHAOS_SPECIAL),--special $(name))

replay: install-dev ## check that restarts change no verdict: REPLAY_FILE (JSON Lines), REPLAY_ARTICLES
	@$(BIN)/python -m tests.benchmarks.replay $(REPLAY_FILE) --articles $(or $(REPLAY_ARTICLES),10000)

fuzz: install-dev ## clean mutated pages, send bad records and requests: FUZZ_RECORDS, FUZZ_REQUESTS, FUZZ_SEED
	@$(BIN)/python -m tests.fuzz --records $(or $(FUZZ_RECORDS),10000) $(if $(FUZZ_SEED),--seed $(FUZZ_SEED))
	@$(BIN)/python -m tests.fuzz.pages --pages $(or $(FUZZ_RECORDS),10000) $(if $(FUZZ_SEED),--seed $(FUZZ_SEED))
	@FUZZ_REQUESTS=$(or $(FUZZ_REQUESTS),2000) $(BIN)/python -m pytest -q tests/fuzz/test_edge.py

scorecard: install-dev ## compare accuracy, speed and memory with spaCy, CoreNLP and VADER; DATA=FOLDER of labelled data
	$(BIN)/python -m tests.benchmarks.scorecard --data $(DATA)

bench: install-dev ## run the benchmarks, each as a ratio to a baseline
	$(BIN)/python -m tests.benchmarks

bench-peers: install-dev ## compare the stream with other frameworks, in .venv-peers
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip --disable-pip-version-check install --no-deps --require-hashes -r requirements.lock
	.venv-peers/bin/python -m pip --disable-pip-version-check --quiet install 'faststream[kafka]==0.7.8' 'quixstreams==3.28.1'
	.venv-peers/bin/python -m tests.benchmarks.peers $(BENCH_ARGS)

lock: ## lock new dependencies by hash, and keep every locked version; needs uv
	$(LOCK) --extra all --group dev --group bench -o requirements-dev.lock
	$(LOCK) --extra all --group build -c requirements-dev.lock -o requirements.lock
	for service in ingest processor sink archive; do \
		$(LOCK) --extra $$service -c requirements-dev.lock -o deploy/locks/$$service.lock || exit 1; done
	$(LOCK) --extra cli --extra sink -c requirements-dev.lock -o deploy/locks/tools.lock
	$(LOCK_GROUP) --group image -o deploy/locks/image.lock

upgrade: ## lock the newest allowed version of every dependency; needs uv
	$(MAKE) lock UPGRADE=--upgrade

clean: ## remove the files that the targets made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
