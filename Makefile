# `make help` says what there is. Works with GNU make 4.3.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
FUZZTIME ?= 10s
SOAK ?= 10m
SOAKDATABASE ?= postgres
# What the race detector sees of SQLite, which is C made into Go, is SQLite's own memory, and SQLite takes ten times as long for it.
race := -race -gcflags=modernc.org/...=-race=false

# go.work joins these modules, so one command covers them all. tools is apart: its dependencies are not the library's.
modules := . idempotency/sqlite idempotency/postgres payments/stripe worker/cloudevents worker/river examples examples/hub
packages := ./... ./idempotency/sqlite/... ./idempotency/postgres/... ./payments/stripe/... ./worker/cloudevents/... ./worker/river/... ./examples/... ./examples/hub/...
go_files = git ls-files --cached --others --exclude-standard -z '*.go'

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Tests

.PHONY: test
test: ## all modules, race detector on; needs nothing but Go
	RETAILSYNC_PEERS=off $(GO) test $(race) -timeout 30m $(TESTFLAGS) $(packages)

.PHONY: test-real
test-real: ## what talks to real servers; fails where one is missing (see peers)
	GO=$(GO) tools/test-real.sh $(race) $(TESTFLAGS)

.PHONY: fuzz
fuzz: ## every fuzz target, FUZZTIME=10s each
	GO=$(GO) FUZZTIME=$(FUZZTIME) tools/fuzz.sh

.PHONY: bench
bench: ## orders, stock and settlements, against the usual calls and Odoo's own ORM; webhooks and queues; needs odoo19, postgres
	@mkdir -p .tmp
	$(GO) run ./internal/bench $(BENCHFLAGS) | tee .tmp/bench.txt
	$(GO) run ./worker/river/internal/bench $(QUEUEFLAGS)
	@grep -E '^[a-z_.0-9]+ [0-9.]+$$' .tmp/bench.txt

.PHONY: soak
soak: ## two workers between Medusa and Odoo 19, killed and disturbed all the time; SOAK=10m, SOAKDATABASE=postgres or sqlite
	RETAILSYNC_REQUIRE_PEERS=1 RETAILSYNC_SOAK=$(SOAK) RETAILSYNC_SOAK_DATABASE=$(SOAKDATABASE) $(GO) test -count=1 -timeout 60m -run '^TestSoak$$' -v ./worker/river

##@ Real servers (Debian, root; PEERFLAGS=--fresh empties them first)

.PHONY: peers
peers: odoo medusa postgres chromium ## all of them

.PHONY: odoo
odoo: ## Odoo 19 and 14
	peers/odoo.sh $(PEERFLAGS) 19 14

.PHONY: odoo19 odoo14
odoo19: ## Odoo 19 only
	peers/odoo.sh $(PEERFLAGS) 19
odoo14: ## Odoo 14 only
	peers/odoo.sh $(PEERFLAGS) 14

.PHONY: medusa
medusa: ## Medusa 2.21; needs Node.js 20.19 or later
	peers/medusa.sh $(PEERFLAGS)

.PHONY: postgres
postgres: ## a database for the PostgreSQL store
	peers/postgres.sh $(PEERFLAGS)

.PHONY: chromium
chromium: ## a browser for the pages of examples/hub
	peers/chromium.sh

.PHONY: peers-stop
peers-stop: ## stop what the targets above started
	peers/stop.sh

##@ Code

.PHONY: fmt
fmt: ## format the Go files
	$(go_files) | xargs -0r gofmt -w

.PHONY: fmt-check
fmt-check: ## fail on a Go file that is not formatted
	@unformatted=$$($(go_files) | xargs -0r gofmt -l); \
	[ -z "$$unformatted" ] || { printf 'not formatted, run make fmt:\n%s\n' "$$unformatted"; exit 1; }

.PHONY: vet
vet: ## go vet, of what the tests compile
	GOFLAGS="$(GOFLAGS) $(race)" $(GO) vet $(packages)
	cd tools && GOWORK=off $(GO) vet ./testreport

.PHONY: lint
lint: bin/golangci-lint ## golangci-lint, of what the tests compile
	GOFLAGS="$(GOFLAGS) $(race)" bin/golangci-lint run --allow-parallel-runners $(packages)

bin/golangci-lint: tools/go.mod tools/go.sum
	cd tools && GOWORK=off $(GO) build -o ../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint

.PHONY: tidy
tidy: ## go mod tidy in every module
	for module in $(modules) tools; do (cd $$module && GOWORK=off $(GO) mod tidy); done

.PHONY: tidy-check
tidy-check: ## fail where go mod tidy would change something
	@for module in $(modules) tools; do (cd $$module && GOWORK=off $(GO) mod tidy -diff) || { echo "$$module: run make tidy"; exit 1; }; done

.PHONY: ci
ci: ## all that CI runs
	bash .ci/run
