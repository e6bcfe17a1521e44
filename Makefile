# Every target works on a machine with Python 3.11 or newer and make; `make help` prints them.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?= ../shared/data
DOCKER ?= docker
GO     ?= go
STAMP  := $(VENV)/.installed
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

# `uv pip compile` keeps the versions that the output file has, unless UPGRADE says otherwise.
LOCK_GROUP := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $(UPGRADE)
LOCK       := $(LOCK_GROUP) pyproject.toml

# Go modules that carry their operator's definitions, which kubernetes-check holds the manifests against.
KEDA                := github.com/kedacore/keda/v2@v2.18.1
PROMETHEUS_OPERATOR := github.com/prometheus-operator/prometheus-operator@v0.85.0

.DEFAULT_GOAL := help
.PHONY: help install demo images test-containers kubernetes-check kubernetes-tools test test-unit test-monitoring monitoring-tools lint reference bench bench-peers scorecard lock upgrade pre-commit clean chaos replay fuzz

help: ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk 'BEGIN {FS = ":.*## "} {printf "  make %-16s %s\n", $$1, $$2}'

install: $(STAMP) ## .venv with every dependency, by hash

$(STAMP): requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: install ## Kafka, the three services, sample articles in, enriched events on the screen
	@$(BIN)/copydesk demo

test-unit: install ## the unit tests: no broker, no model, under a minute
	@$(BIN)/python -m pytest tests/unit tests/architecture -m "not kafka and not weights and not slow" $(PYTEST_ARGS)

test: install ## the whole test suite, the real-broker tests included
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

images: ## the four images, copydesk/{ingest,processor,sink,tools}, on this machine's Docker engine
	for image in ingest processor sink tools; do DOCKER_BUILDKIT=1 $(DOCKER) build -f deploy/Dockerfile --target $$image \
		--build-arg REVISION=$$(git rev-parse HEAD) -t copydesk/$$image . || exit 1; done

test-containers: install images ## the images and the compose project under a real Docker engine, with services killed
	@$(BIN)/python -m pytest tests/containers -m "containers or not containers" $(PYTEST_ARGS)

kubernetes-check: install ## the manifests by kubeconform and against the settings; needs kubectl, no cluster
	@command -v kubectl > /dev/null || { echo "kubectl is missing: the overlays cannot be put together"; exit 1; }
	@$(BIN)/python -m pytest tests/deploy -rsP --no-header $(PYTEST_ARGS)

kubernetes-tools: install ## kubeconform and the operators' definitions by Go (1.26 or newer), beside the dependencies
	mkdir -p $(VENV)/kubernetes/definitions
	GOBIN=$(CURDIR)/$(VENV)/kubernetes $(GO) install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
	$(GO) mod download $(KEDA) $(PROMETHEUS_OPERATOR)
	cd "$$($(GO) env GOMODCACHE)" && install -m 644 -t $(CURDIR)/$(VENV)/kubernetes/definitions \
		$(KEDA)/config/crd/bases/keda.sh_scaledobjects.yaml \
		$(KEDA)/config/crd/bases/keda.sh_triggerauthentications.yaml \
		$(PROMETHEUS_OPERATOR)/example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml \
		$(PROMETHEUS_OPERATOR)/example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml

test-monitoring: install ## alerts and dashboards under a real Prometheus (monitoring-tools brings it)
	@PATH="$$PATH:$(CURDIR)/$(VENV)/monitoring/usr/bin"; for tool in prometheus promtool amtool; do \
		command -v $$tool > /dev/null || { echo "$$tool is missing: make monitoring-tools"; exit 1; }; done
	@$(BIN)/python -m pytest tests/monitoring -m "monitoring or not monitoring" $(PYTEST_ARGS)

monitoring-tools: install ## Prometheus' programs from Debian's packages, unpacked beside the dependencies, not installed
	mkdir -p $(VENV)/monitoring
	cd $(VENV)/monitoring && apt-get download prometheus prometheus-alertmanager && for file in *.deb; do dpkg-deb -x $$file .; done

lint: install ## formatting, lint, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/lint-imports --no-cache

pre-commit: install ## the checks of `.pre-commit-config.yaml` before each commit
	$(BIN)/pre-commit install

reference: install ## generate schemas/, the tables in docs/, Kubernetes resources and dashboards from the code
	$(BIN)/python -m services.reference

chaos: install ## faults by the hundred on the real services: CHAOS_ARTICLES, CHAOS_KILLS, CHAOS_SEED, CHAOS_RATE, CHAOS_SPECIAL
	@$(BIN)/python -m tests.chaos --articles $(or $(CHAOS_ARTICLES),1000) --kills $(or $(CHAOS_KILLS),50) \
		--rate $(or $(CHAOS_RATE),8) $(if $(CHAOS_SEED),--seed $(CHAOS_SEED)) \
		$(foreach file,$(foreach name,$(CHAOS_FILES),$(or $(wildcard $(name)),$(name))),--file $(file)) $(foreach name,$(CHAOS_SPECIAL),--special $(name))

replay: install ## the same articles (REPLAY_FILE, a line each) through the stream twice, once with restarts: equal verdicts
	@$(BIN)/python -m tests.benchmarks.replay $(REPLAY_FILE) --articles $(or $(REPLAY_ARTICLES),10000)

fuzz: install ## bad records and bad requests by the thousand: FUZZ_RECORDS, FUZZ_REQUESTS, FUZZ_SEED
	@$(BIN)/python -m tests.fuzz --records $(or $(FUZZ_RECORDS),10000) $(if $(FUZZ_SEED),--seed $(FUZZ_SEED))
	@FUZZ_REQUESTS=$(or $(FUZZ_REQUESTS),2000) $(BIN)/python -m pytest -q tests/fuzz/test_edge.py

scorecard: install ## accuracy, speed and memory beside spaCy, CoreNLP and VADER; DATA=FOLDER of labelled data
	$(BIN)/python -m tests.benchmarks.scorecard --data $(DATA)

bench: install ## benchmarks, each as a ratio to a baseline beside it
	$(BIN)/python -m tests.benchmarks

bench-peers: install ## the same enrichment in other frameworks, side by side; in .venv-peers
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements.lock
	.venv-peers/bin/python -m pip --disable-pip-version-check --quiet install 'faststream[kafka]==0.7.8' 'quixstreams==3.28.1'
	.venv-peers/bin/python -m tests.benchmarks.peers $(BENCH_ARGS)

lock: ## resolve new dependencies and keep what is locked (needs uv); hashes, no addresses
	$(LOCK) --extra all --group dev --group bench -o requirements-dev.lock
	$(LOCK) --extra all -c requirements-dev.lock -o requirements.lock
	for service in ingest processor sink; do \
		$(LOCK) --extra $$service -c requirements-dev.lock -o deploy/locks/$$service.lock || exit 1; done
	$(LOCK) --extra cli --extra sink -c requirements-dev.lock -o deploy/locks/tools.lock
	$(LOCK_GROUP) --group image -o deploy/locks/image.lock

upgrade: ## move every locked dependency to its newest allowed version (needs uv)
	$(MAKE) lock UPGRADE=--upgrade

clean: ## remove what the targets made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
