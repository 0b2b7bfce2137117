# The commands for developers. `make help` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Tests mostly wait for servers, so more of them run in parallel than there are cores.
TEST_THREADS ?= 6
BINARY := target/debug/workflow-schedule-operator

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: lint
lint: ## Formatting, clippy with every warning an error, and whether fuzz/ compiles
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	@# Nothing is linked, so libfuzzer need not be compiled, which would take minutes and a C++ compiler.
	CUSTOM_LIBFUZZER_PATH=/nonexistent/libfuzzer.a cargo check --locked --manifest-path fuzz/Cargo.toml --target-dir target/fuzz-check

.PHONY: deny
deny: ## Licenses, sources and known defects of the dependencies (needs cargo-deny and the network)
	cargo deny check

.PHONY: actions
actions: ## The workflows in .github (needs actionlint)
	actionlint .github/workflows/*.yaml

.PHONY: test
test: control-plane helm gitops ## All tests, including end-to-end (WSO_TEST_KUBECONFIG=FILE: on that cluster)
	RUST_TEST_THREADS=$(TEST_THREADS) cargo test --locked --no-fail-fast

SEEDS ?= 1..1000

.PHONY: simulate
simulate: ## The simulation with every fault and more seeds: SEEDS=FROM..TO, TO excluded
	EVERY_FAULT=1 SEEDS=$(SEEDS) cargo test --locked --test simulation -- --nocapture

.PHONY: mutants
mutants: ## Defects that the simulation must detect, one at a time; MUTANTS=NAME,NAME selects some
	MUTANTS=$(MUTANTS) cargo test --locked --test mutants -- --include-ignored --nocapture

# Each fuzz target runs this long.
SECONDS ?= 600

.PHONY: fuzz
fuzz: ## The fuzz targets, one after the other, SECONDS=600 each; TARGET=NAME selects one (needs cargo-fuzz)
	for target in $(or $(TARGET),$$(cargo fuzz list)); do \
		mkdir -p fuzz/corpus/$$target; \
		cargo fuzz run --sanitizer none $$target -- -max_total_time=$(SECONDS) -max_len=65536 -timeout=10; \
	done

.PHONY: bench
bench: control-plane ## The benchmarks, on a machine without other work; ROW=NAME selects one, timing is one too (ROW=help lists the others)
ifeq ($(ROW),help)
	cargo bench --locked --bench scale -- --help
else ifeq ($(ROW),timing)
	cargo bench --locked --bench timing
else
	$(if $(ROW),,cargo bench --locked --bench timing)
	cargo bench --locked --bench scale -- $(ROW)
endif

PREFIX ?= $(HOME)/.local

.PHONY: install
install: ## Install the command, the kubectl plugin and the manual pages: PREFIX=~/.local
	cargo build --locked --release
	install -d $(PREFIX)/bin $(PREFIX)/share/man/man1
	install -m 755 target/release/workflow-schedule-operator $(PREFIX)/bin/
	ln -sf workflow-schedule-operator $(PREFIX)/bin/kubectl-wfs
	ln -sf workflow-schedule-operator $(PREFIX)/bin/kubectl_complete-wfs
	$(PREFIX)/bin/workflow-schedule-operator man $(PREFIX)/share/man/man1

.PHONY: demo
demo: control-plane ## A short tour with kubectl on a real control plane; KEEP=1 leaves it running
	hack/demo.sh

.PHONY: crds
crds: ## Regenerate crds/, and its copy in the chart, from src/api
	cargo build --locked
	for crd in workflowschedules workflowconnections; do $(BINARY) crds $$crd > crds/$$crd.yaml; done
	cp crds/*.yaml charts/workflow-schedule-operator/files/crds/

.PHONY: docs
docs: ## Regenerate the tables in docs/ that are made from the code
	UPDATE=1 cargo test --locked --test docs is_current

.PHONY: chart
chart: helm ## Regenerate the table of values in the chart's README
	UPDATE=1 cargo test --locked --test chart the_table_of_values

.PHONY: control-plane
control-plane: ## Build the control plane for the tests and the demo, once
	@if [ -n "$${WSO_TEST_KUBECONFIG:-}" ]; then echo "using the cluster of $$WSO_TEST_KUBECONFIG"; else hack/control-plane.sh; fi

.PHONY: gitops
gitops: ## Build the Lua of Argo CD and kstatus for the tests, once
	@hack/gitops.sh

.PHONY: helm
helm: ## Build helm for the tests of the chart, once
	@hack/helm.sh
