# `make demo` and `make test` do all of their own set-up; the second time they are quick.
.DEFAULT_GOAL := help
.PHONY: help setup build demo run test bench load crash resilience image fuzz openapi leaks tsan format lint clean

PYTHON := .venv/bin/python

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: ## Install Debian packages and the Python environment for the local parts
	@Scripts/setup.sh

build: setup ## Build the release binaries: .build/release/postwright and modelsim
	@swift build -c release --product postwright
	@swift build -c release --product modelsim

demo: build ## Start everything, upload a brand, write a week of posts, print them
	@$(PYTHON) Scripts/local.py demo

run: build ## Start everything and leave the service running until Ctrl-C
	@$(PYTHON) Scripts/local.py run

test: ## Build and run every test
	@Scripts/setup.sh tests
	@swift build --build-tests --explicit-target-dependency-import-check error
	@$(PYTHON) Scripts/test.py

bench: build ## Measure beside the peers: the fan-out, exact search, and the whole service in Python and Go
	@swift build -c release --product modelsim
	@swift build -c release --product postwright-bench
	@swift build -c release --product retrieval-bench
	@Benchmarks/setup.sh
	@$(PYTHON) Benchmarks/fanout.py
	@.venv-bench/bin/python Benchmarks/retrieval.py
	@Benchmarks/peers/setup.sh
	@$(PYTHON) Benchmarks/peers/conformance.py
	@$(PYTHON) Benchmarks/peers/bench.py
	@$(PYTHON) Benchmarks/summary.py

load: build ## Mixed work at 100 requests a second for ten minutes, restarts under load, noisy neighbours
	@$(PYTHON) Scripts/load.py
	@$(PYTHON) Scripts/load.py --restarts 20
	@$(PYTHON) Scripts/load.py --neighbours

crash: build ## Kill the service and the database under load, and count what is lost
	@$(PYTHON) Scripts/crash.py

resilience: build ## Measure what a failing model costs
	@$(PYTHON) Scripts/resilience.py

image: build ## Put the image's files together, and use them in a chroot (needs root)
	@$(PYTHON) Scripts/image.py

fuzz: setup ## Feed every parser what libFuzzer thinks of, a minute each
	@$(PYTHON) Scripts/fuzz.py

openapi: build ## Hold the service against its OpenAPI document, at least 5,000 cases
	@Scripts/setup.sh tests
	@$(PYTHON) Tests/OpenAPI/run.py --binaries .build/release --at-least 5000

# What lives in the test process: the wrappers, the parsers, the engine, the stores and the dispatcher over a real database.
# One after the other: slowed down and all at once they would miss the times that some of them measure.
SANITIZED := BSONTests JSONTests MongoTests TransferTests TelemetryTests ModelClientsTests VectorIndexTests GraphQLTests \
	GraphQLHTTPTests APITests KnowledgeTests GenerationTests IngestionTests

leaks: setup ## Run the tests of the libraries with the address and leak sanitizers
	@swift build --build-tests --scratch-path .build-asan --sanitize=address
	@for group in $(SANITIZED); do LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/Sanitizers/leaks.supp swift test --skip-build \
		--scratch-path .build-asan --disable-xctest --sanitize=address --filter "^$$group" || exit 1; done

tsan: setup ## Run them with the thread sanitizer
	@mkdir -p .build-tsan
	@$$(dirname $$(readlink -f $$(command -v swift)))/clang -O1 -c Tests/Sanitizers/mutex.c -o .build-tsan/mutex.o
	@swift build --build-tests --scratch-path .build-tsan --sanitize=thread -Xlinker $(CURDIR)/.build-tsan/mutex.o
	@for group in $(SANITIZED); do swift test --skip-build --scratch-path .build-tsan --disable-xctest --sanitize=thread \
		-Xlinker $(CURDIR)/.build-tsan/mutex.o --filter "^$$group" || exit 1; done

format: ## Format all Swift sources
	@swift format --in-place --recursive Sources Tests Benchmarks Package.swift

lint: ## Check the format of all Swift sources
	@swift format lint --recursive --strict Sources Tests Benchmarks Package.swift

clean: ## Remove what was built; data in .local stays
	@rm -rf .build .build-*
