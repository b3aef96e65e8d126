# The habits of the house; `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO       ?= go
FUZZTIME ?= 30s
# How many programs each property test tries in `make deep`; 100 without it.
CHECKS   ?= 10000
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null)

# Tools stand in a module file of their own, so that go.mod shows only what ships.
TOOL := $(GO) tool -modfile=go.tool.mod

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

.PHONY: build
build: ## Build bin/passerelle, reproducible, with its version inside
	$(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/passerelle ./cmd/passerelle

.PHONY: test
test: ## Run every test
	$(GO) test ./...

.PHONY: race
race: ## Run every test under the race detector
	$(GO) test -race ./...

.PHONY: cover
cover: ## Run every test and print what they cover (coverage.out)
	$(GO) test -coverpkg=./... -coverprofile=coverage.out ./...
	$(GO) tool cover -func=coverage.out | tail -n 1

.PHONY: fuzz
fuzz: ## Fuzz every target for FUZZTIME (30s)
	@$(GO) test -list '^Fuzz' ./... \
	| awk '/^Fuzz/ { name[n++] = $$1 } /^ok/ { for (i = 0; i < n; i++) print $$2, name[i]; n = 0 }' \
	| while read -r package target; do \
		$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$package" </dev/null; \
	done

.PHONY: deep
deep: race fuzz ## The nightly run: race, fuzz, 100,000 members, and CHECKS (10000) tries of each property
	PASSERELLE_DEEP=1 $(GO) test -run '^$$' -bench SteadyState -benchtime 2x -timeout=30m ./connector
	@$(GO) list -f '{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}}' ./... \
	| awk '/pgregory\.net\/rapid/ { print $$1 }' \
	| xargs -r $(GO) test -count=1 -timeout=60m -rapid.checks=$(CHECKS)

.PHONY: lint
lint: ## Run the linters of .golangci.yml
	$(TOOL) golangci-lint config verify
	$(TOOL) golangci-lint run ./...

.PHONY: fmt
fmt: ## Format every Go file
	$(TOOL) golangci-lint fmt

.PHONY: fmt-check
fmt-check: ## Fail if a Go file is not formatted
	$(TOOL) golangci-lint fmt --diff

.PHONY: docs
docs: ## Generate what is generated
	$(GO) generate ./...

.PHONY: verify
verify: verify-generated vulnerabilities ## go.mod tidy, generated = committed, no known vulnerability
	$(GO) mod verify
	$(GO) mod tidy -diff

# The tree may hold other uncommitted work: what counts is that generating changes nothing.
.PHONY: verify-generated
verify-generated:
	@state() { git status --porcelain; git diff; }; before=$$(state); \
	$(MAKE) --no-print-directory docs; \
	[[ "$$before" == "$$(state)" ]] || { echo 'generated files are not what is committed: commit what `make docs` made' >&2; exit 1; }

# The database is on the network: out of reach is said plainly, a finding or any other trouble fails.
.PHONY: vulnerabilities
vulnerabilities:
	@out=$$($(TOOL) govulncheck ./... 2>&1) && rc=0 || rc=$$?; \
	if [[ $$rc -ne 0 && $$out == *'fetching vulnerabilities:'* ]]; then echo 'govulncheck skipped: database not reachable'; \
	else printf '%s\n' "$$out"; exit $$rc; fi

.PHONY: ci
ci: fmt-check lint race verify ## Everything a change must pass; .ci/run is its quick form
