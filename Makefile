# The doors to Recado. `make help` lists them.
# Each brings what it needs; nothing is installed on the machine except, by root and for the
# browser tests, Chromium.

SHELL := /bin/bash
.DEFAULT_GOAL := help

NPM_STAMP := node_modules/.package-lock.json
PANEL     := internal/panel/dist/index.html
WIDGET    := widget/dist/widget.js
STATICCHECK := go tool -modfile=scripts/tools/go.mod staticcheck

# What a build is made from. Folders are listed too, so that a removed file counts as a change.
sources = $(shell find $(1) -mindepth 1 \( -name node_modules -o -name dist -o -name e2e -o -name test-results \
	-o -name playwright-report \) -prune -o ! -name '*.go' -print 2>/dev/null)

##@ Run

run: setup-pg build ## try Recado: build it, fill the demo shop, serve it
	@exec bin/recado serve --demo

build: $(PANEL) $(WIDGET) ## build bin/recado with panel and widget inside
	go build -o bin/ ./cmd/recado

##@ Check

test: ## everything that must pass, from a clean clone on
	@scripts/test.sh

test-go: setup-pg bin/pgdev ## the Go tests only; PKG=./internal/inbox/... narrows them
	bin/pgdev exec go test $(or $(PKG),./...)

test-browser: build setup-pg $(NPM_STAMP) ## the browser tests only, against bin/recado
	@CHROMIUM_PATH=$$(scripts/setup-chromium.sh) && export CHROMIUM_PATH && \
		npm run e2e -w panel && npm run e2e -w widget

suite: setup-pg bin/pgdev ## the channels' conformance suites as a table, channel by case
	bin/pgdev exec go run ./scripts/suite

bench: setup-pg build ## figures of a real server beside their goals; NAME=... runs one
	go run ./cmd/lab bench $(NAME)

bench-go: setup-pg bin/pgdev ## the Go benchmarks, on a durable database; PKG narrows them
	bin/pgdev exec -durable go test -run '^$$' -bench . -benchmem $(or $(PKG),./...)

lint: $(NPM_STAMP) ## formatting and static checks of Go and TypeScript
	@scripts/gofmt.sh
	go vet ./...
	$(STATICCHECK) ./...
	npx biome ci .

fmt: $(NPM_STAMP) ## put Go and TypeScript in their form
	@scripts/gofmt.sh -w
	npx biome check --write .

gen: $(NPM_STAMP) ## regenerate the API description and the panel's types from the Go code
	go test ./internal/api -run '^TestGolden$$' -count=1 -update
	npm run gen:api -w panel

##@ Set up

setup: setup-pg $(NPM_STAMP) ## PostgreSQL and npm packages; the other doors call this themselves

setup-pg: ## a private PostgreSQL with pgvector, unless one is at hand
	@scripts/setup-pg.sh

refresh-pg: ## fetch that private PostgreSQL again, for its security updates
	@scripts/setup-pg.sh --refresh

clean: ## remove what was built and fetched here; data/ stays
	rm -rf bin node_modules internal/panel/node_modules widget/node_modules
	find internal/panel/dist widget/dist -mindepth 1 ! -name .gitkeep -delete

help:
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(NPM_STAMP): package.json package-lock.json internal/panel/package.json widget/package.json .npmrc
	npm ci
	@touch $@

$(PANEL): $(NPM_STAMP) $(call sources,internal/panel)
	npm run build -w panel
	@touch $@

$(WIDGET): $(NPM_STAMP) $(call sources,widget)
	npm run build -w widget
	@touch $@

# Go knows best when this is out of date.
bin/pgdev: FORCE
	@go build -o $@ ./cmd/pgdev
FORCE:

.PHONY: run build test test-go test-browser bench bench-go lint fmt gen setup setup-pg refresh-pg clean help FORCE
