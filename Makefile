# Needletail's doors. Each target first checks for what it needs (Scripts/bootstrap).
#
# Everything is built in one configuration with one set of flags, so that the server, the tests and the benchmarks
# share every object file: change a flag for one of them and all of it is built twice.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help serve test build bench format lint clean

# Where Swift's own installer puts it, for shells that have not read its settings yet.
export PATH := $(PATH):$(HOME)/.local/share/swiftly/bin

CONFIGURATION := -c release
SWIFT_FILES := Package.swift Sources Tests

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '  make serve ARGS="--port 9000"         passes flags on (see: .build/release/needletail serve --help)'
	@echo '  make serve MODEL=path/to/model.gguf   serves a model of your own'

serve: ## Build, fetch the default model if none is named, and serve it on http://127.0.0.1:8000
	@Scripts/bootstrap build
	swift build $(CONFIGURATION) --product needletail
ifeq ($(MODEL),)
	@Scripts/fetch-model smollm2 >/dev/null
endif
	@exec .build/release/needletail serve $(MODEL) $(ARGS)

build: ## Build the needletail command, .build/release/needletail
	@Scripts/bootstrap build
	swift build $(CONFIGURATION) --product needletail

test: ## Run every test, the official OpenAI client against the real server among them
	@Scripts/bootstrap test
	@Scripts/fetch-model smollm2 >/dev/null
	@Scripts/fetch-model qwen-coder >/dev/null || echo 'The tests that need this second model will say that they are skipped.'
	@Scripts/fetch-model minilm >/dev/null || echo 'The tests that need this model will say that they are skipped.'
	@Scripts/python-env >/dev/null
	swift build $(CONFIGURATION) --build-tests
	swift test $(CONFIGURATION) --skip-build --disable-xctest --no-parallel $(ARGS)

bench: ## Measure prefill and decode, beside llama.cpp where Benchmarks/peers has built it
	@Scripts/bootstrap build
	swift build $(CONFIGURATION) --product needletail
	@Benchmarks/compare.py $(ARGS)

format: ## Format the Swift sources in place
	@Scripts/bootstrap build
	swift format --in-place --parallel --recursive $(SWIFT_FILES)

lint: ## Check the format and the style rules of .swift-format
	@Scripts/bootstrap build
	swift format lint --strict --parallel --recursive $(SWIFT_FILES)

clean: ## Remove what was built (the models in the cache stay)
	rm -rf .build
