# Countersign's workshop. "make help" lists what it can do.
#
# Needed: Go, git, and for the tests a C compiler (the race detector), MariaDB
# and Redis. On Debian, as root, the last three are installed when missing.
# The mini-program's part needs Node 20 or newer.

export GOFLAGS := -tags=nomsgpack $(GOFLAGS)

VERSION   := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS   := -s -w -X main.version=$(VERSION)
SERVERS   := go run ./internal/testkit/run
# The tools need no C compiler; their versions stand in tools/go.mod.
TOOL      := CGO_ENABLED=0 go tool -modfile=tools/go.mod
CLIENT    := miniprogram/client
GENERATED := docs/openapi.yaml docs/configuration.md docs/errors.md docs/states.md docs/rules.md

.DEFAULT_GOAL := help
.PHONY: run test race slow mutants check client phone bench fmt generate screens build clean help \
	compiler browser formatted vetted linted directed tidy fresh vulnerable

run: build ## build, then serve a demo on this machine alone
	bin/countersign demo

# The tests that do several things at once say so in their names, which a test holds. The
# race detector watches those, on MariaDB, where many write at once: SQLite has one writer,
# and its engine runs eight times slower under the detector.
RACES      := AtOnce|While|Stream
RACED      = $$(grep -rlE '^func Test[A-Za-z0-9]*($(RACES))' --include=*_test.go . | xargs -n1 dirname | sort -u)
DETECTED   := $(SERVERS) -- env COUNTERSIGN_TEST_ONLY=mysql go test -race -count=1 -timeout 30m

test: compiler browser ## every test on both databases, then those that race under the race detector
	$(SERVERS) -- go test -count=1 -timeout 20m ./...
	$(DETECTED) -run '$(RACES)' $(RACED)

race: compiler browser ## every test under the race detector, on MariaDB and Redis
	$(DETECTED) ./...

slow: browser ## every test on both databases, and the names of the 30 slowest
	$(SERVERS) -- sh -c 'go test -json -count=1 -timeout 20m ./... | go run ./internal/testkit/slowest'

mutants: ## seeded bugs, each caught by its named test
	go run ./internal/mutants

check: formatted vetted linted directed tidy fresh vulnerable client ## everything that reads the code

# WeChat's own compiler brings a thousand packages. Where they cannot be had, it says so.
client: ## read the mini-program: types, rules, freshness, WeChat's compiler
	cd $(CLIENT) && npm ci --silent && npm run --silent typecheck && npm run --silent lint && npm run --silent fresh
	cd $(CLIENT)/ci && { npm ci --silent || true; } && npm run --silent compile

phone: ## compile the mini-program for browsers: sandbox/phone
	cd $(CLIENT) && npm ci --silent && npm run --silent build

bench: ## load over HTTP against MariaDB and Redis
	$(SERVERS) -- go run ./internal/bench

fmt: ## format the Go files
	$(TOOL) gofumpt -w .

generate: ## write again what comes from the code: docs/openapi.yaml and its like
	go generate ./...

screens: browser ## draw the pictures of docs/screens again, in Chromium
	COUNTERSIGN_TEST_ONLY=sqlite go test -count=1 -run '^TestScreens$$' ./api ./$(CLIENT)/test -args -screens=$(CURDIR)/docs/screens

build: ## bin/countersign, one static file
	CGO_ENABLED=0 go build -trimpath -ldflags "$(LDFLAGS)" -o bin/countersign ./cmd/countersign

clean: ## remove what build made
	rm -rf bin

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The parts of check, each of which can be made alone.

formatted:
	@files=$$($(TOOL) gofumpt -l .) && test -z "$$files" || { printf 'not formatted, see "make fmt":\n%s\n' "$$files"; exit 1; }

vetted:
	go vet ./...

linted:
	$(TOOL) golangci-lint run

directed:
	go test -count=1 -run '^(TestImport|TestFiles|TestNoPath|TestRaces|TestDecisions|TestDocuments|TestRooms)' .

tidy:
	go mod tidy -diff

fresh:
	tools/fresh $(GENERATED)

vulnerable:
	tools/vulnerable

# go test -race needs cgo, and cgo a C compiler.
compiler:
	@command -v $$(go env CC) >/dev/null || $(SERVERS) --install gcc,libc6-dev

# The pages are tested in the browser that people's phones have, with a Chinese font.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || $(SERVERS) --install chromium,fonts-noto-cjk
