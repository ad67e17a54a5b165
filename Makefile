# Everything a person does here. `make` alone lists it.
#
# Each target installs what it needs first (tests/setup/), once. With that in place nothing needs root or
# the network. ARGS is handed to the program: make demo ARGS=--json

SHELL := /bin/bash
export PATH := $(PATH):$(HOME)/.cargo/bin
ARGS ?=
MINUTES ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo demo-pcsc test test-mutants constant-time model fuzz layout check check-packages fmt clippy doc shell size bench deny clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

demo: ## Two issuers, two providers, three cards: the whole protocol in every mode, and the attacks on it
	@tests/setup/packages build
	@cargo run --quiet --locked -p symbolon -- demo $(ARGS)

demo-pcsc: ## The same through a real pcscd and vpcd, private to it
	@tests/setup/packages build pcsc
	@cargo run --quiet --locked -p symbolon -- demo --pcsc $(ARGS)

test: ## Every test: unit, property, power cut, end to end, PC/SC, documentation
	@tests/setup/packages build pcsc python shells
	@tests/setup/python
	cargo test --workspace --locked --no-fail-fast

test-mutants: ## Plant named faults in the card and see that a named test fails for each
	@tests/setup/packages build
	@cargo run --quiet --locked -p symbolon-tests --bin symbolon-mutants -- $(ARGS)

constant-time: ## Look for branches on secrets, and count instructions, under valgrind
	@tests/setup/packages build taint
	@tests/setup/constant-time

model: ## Check the formal models: who can do what (Verifpal), the card's states and power cuts (SPIN)
	@tests/setup/packages build model
	@tests/setup/model
	@tests/model/run

fuzz: ## Fuzz the card, its codecs and the parties' files: make fuzz MINUTES=1 (a target each; needs the nightly compiler)
	@tests/setup/packages build
	@fuzz/run $$(( $(MINUTES) * 60 )) $(TARGETS)

check: check-packages fmt clippy doc shell size ## Format, lints, documentation, shell, and the card built for a chip

check-packages:
	@tests/setup/packages build check chip

fmt:
	cargo fmt --all --check
	cargo fmt --manifest-path tests/image/Cargo.toml --check
	cargo fmt --manifest-path fuzz/Cargo.toml --check
	cargo fmt --manifest-path tests/taint/Cargo.toml --check

clippy:
	@tests/setup/packages build
	cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
	@# What users build has none of the features that only tests ask for.
	cargo check --workspace --locked --quiet

doc:
	@tests/setup/packages build
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet

shell:
	@tests/setup/packages check
	shellcheck .ci/run fuzz/run fuzz/minimise fuzz/coverage-of-applet tests/model/run host/src/private_pcscd.sh docs/examples/issue-cards.sh $(filter-out %.py %.txt,$(wildcard tests/setup/*))

size: ## Build the card for a Cortex-M4 with core only and weigh the linked image
	@tests/setup/packages build chip
	@tests/setup/image

bench: ## Measure against the goals; writes target/bench.json
	@tests/setup/packages build pcsc
	cargo build --release --quiet --locked -p symbolon
	cargo run --release --quiet --locked -p symbolon-tests --bin symbolon-bench -- $(ARGS)

layout: ## Write anew which functions of the program lie side by side, so that a card in use takes little memory
	@tests/setup/packages build taint
	@tests/setup/layout

deny: ## Licences, advisories and duplicates of the dependencies, where cargo-deny is installed
	@cargo deny --version >/dev/null 2>&1 || { echo "cargo-deny is not installed (cargo install cargo-deny)"; exit 2; }
	cargo deny --locked check licenses bans sources

clean: ## Remove everything that was built
	cargo clean
