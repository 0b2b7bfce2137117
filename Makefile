# The commands of the house. `make help` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Tests wait for servers most of the time, so there are more of them at once than cores.
TEST_THREADS ?= 6
BINARY := target/debug/workflow-schedule-operator

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: lint
lint: ## Formatting, and clippy with every warning an error
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings

.PHONY: test
test: control-plane helm ## All tests, the end-to-end ones included (WSO_TEST_KUBECONFIG=FILE: on that cluster)
	RUST_TEST_THREADS=$(TEST_THREADS) cargo test --locked --no-fail-fast

SEEDS ?= 1..1000

.PHONY: simulate
simulate: ## The simulation over more seeds: SEEDS=FROM..TO, without TO
	SEEDS=$(SEEDS) cargo test --locked --test simulation -- --nocapture

.PHONY: mutants
mutants: ## Defects, planted one at a time, that the simulation must catch; MUTANTS=NAME,NAME plants just those
	MUTANTS=$(MUTANTS) cargo test --locked --test mutants -- --nocapture

.PHONY: bench
bench: ## The benchmarks
	cargo bench --locked

.PHONY: demo
demo: control-plane ## A short story with kubectl on a real control plane; KEEP=1 leaves it running
	hack/demo.sh

.PHONY: crds
crds: ## Regenerate crds/ from src/api
	cargo build --locked
	for crd in workflowschedules workflowconnections; do $(BINARY) crds $$crd > crds/$$crd.yaml; done

.PHONY: control-plane
control-plane: ## Build the control plane of tests and demo, once
	@if [ -n "$${WSO_TEST_KUBECONFIG:-}" ]; then echo "using the cluster of $$WSO_TEST_KUBECONFIG"; else hack/control-plane.sh; fi

.PHONY: helm
helm: ## Build the helm of the chart's tests, once
	@hack/helm.sh
