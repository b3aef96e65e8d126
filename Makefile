# The habits of the house; `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO       ?= go
FUZZTIME ?= 30s
# How many programs each property test tries in `make deep`; 100 without it.
CHECKS   ?= 10000
# How many worlds the engine has to survive in `make deep`, and for how long `make soak` draws them.
WORLDS   ?= 2000
SECONDS  ?= 60
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null)

# What is released; the time of the commit stands in for that of the build.
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
# The same bytes from the same files, wherever they lie: no paths, no state of a checkout, no C.
RELEASE = CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)'

# Tools stand in a module file of their own, so that go.mod shows only what ships.
TOOL := $(GO) tool -modfile=go.tool.mod

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-13s %s\n", $$1, $$2}'

.PHONY: build
build: ## Build bin/passerelle, reproducible, with its version inside
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/passerelle ./cmd/passerelle

.PHONY: cross
cross: ## Compile for every platform that is released
	@for p in $(PLATFORMS); do CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -o /dev/null ./cmd/passerelle; done

.PHONY: release
release: ## Build dist/: an archive and a bill of materials per platform, and SHA256SUMS; reproducible
	rm -rf dist
	for p in $(PLATFORMS); do \
		name=passerelle-$(VERSION)-$${p%/*}-$${p#*/}; into=dist/$$name; mkdir -p "$$into"; \
		GOOS=$${p%/*} GOARCH=$${p#*/} $(RELEASE) -o "$$into/" ./cmd/passerelle; \
		cp -r README.md CHANGELOG.md docs deploy "$$into/"; \
		CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} "$$($(TOOL) -n cyclonedx-gomod)" app -json -noserial -notimestamp -std -packages \
			-main cmd/passerelle -output "dist/$$name.cdx.json" .; \
		tar --sort=name --mtime=@$(SOURCE_DATE_EPOCH) --owner=0 --group=0 --numeric-owner --mode=go-w,a+rX \
			-C dist -cf - "$$name" | gzip -n -9 >"dist/$$name.tar.gz"; \
		rm -r "$$into"; \
	done
	cd dist && sha256sum -- *.tar.gz *.cdx.json >SHA256SUMS

# Another folder and an empty cache: neither a path nor what was built before may show.
.PHONY: release-check
release-check: ## Build linux/amd64 in two folders and compare the bytes
	@top=$$(mktemp -d); trap 'rm -rf "$$top"' EXIT; \
	for at in here there/deeper; do \
		mkdir -p "$$top/$$at/src"; git ls-files -z | xargs -0 cp --parents -t "$$top/$$at/src"; \
		(cd "$$top/$$at/src" && GOCACHE="$$top/$$at/cache" GOOS=linux GOARCH=amd64 $(RELEASE) -o ../passerelle ./cmd/passerelle); \
	done; \
	cmp "$$top/here/passerelle" "$$top/there/deeper/passerelle"; echo 'linux/amd64: the same bytes twice'

.PHONY: test
test: ## Run every test
	$(GO) test ./...

.PHONY: race
race: ## Run every test under the race detector
	$(GO) test -race -timeout=60m ./...

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

# Packages come before what only rapid knows: go test takes what follows such a flag for an argument. The engine's worlds are
# dearer than the other properties: half of WORLDS in each of their two halves.
.PHONY: deep
deep: race fuzz cross release-check mutants ## The nightly run: race, fuzz, mutants, 100,000 members, WORLDS (2000) and CHECKS (10000) tries of each property
	PASSERELLE_DEEP=1 $(GO) test -run '^$$' -bench SteadyState -benchtime 2x -timeout=30m ./connector
	PASSERELLE_DEEP=1 $(GO) test -run '^TestNobodyLinksWrongly$$' -bench Candidates -benchtime 2x -timeout=30m ./connector/match
	$(GO) test ./connector -count=1 -timeout=60m -run '^TestWorlds$$' -v -rapid.checks=$$(($(WORLDS) / 2))
	@$(GO) list -f '{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}}' ./... \
	| awk '/pgregory\.net\/rapid/ && $$1 != "passerelle/connector" { print $$1 }' \
	| xargs -r sh -c '$(GO) test "$$@" -count=1 -timeout=60m -rapid.checks=$(CHECKS)' --

.PHONY: soak
soak: ## Draw worlds of the engine for SECONDS (60) and report them
	PASSERELLE_SOAK=$(SECONDS) $(GO) test -count=1 -timeout=0 -run '^TestSoak$$' -v ./connector

# Which of them: a part of a name in internal/mutants/testdata, or its number.
MUTANT ?=

.PHONY: mutants
mutants: ## Build 28 wrong programs (or MUTANT=14 alone) and see that a test fails on each
	@PASSERELLE_MUTANTS=1 $(GO) test -v -count=1 -timeout=60m -run 'TestMutants/$(MUTANT)' ./internal/mutants | grep -vE '^(=== | *--- PASS|PASS$$)'

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
