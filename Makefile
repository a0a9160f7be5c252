# Plain `make` prints what there is. Variables: VERSION, FUZZTIME, GOLDEN_DIRS, STORM,
# REQUIRE_SHARED, REQUIRE_JUDGES, UPDATE; of bench-proxy ROUNDS, DURATION, PARTS, SMOKE, CHECK.

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
FUZZTIME ?= 10s
ROUNDS   ?= 5
DURATION ?= 3s
PARTS    ?= abcdefRL
SHARED   := ../shared

GO    := go
TOOL  := $(GO) tool -modfile=tools.mod
BUILD := -trimpath -ldflags '-X main.version=$(VERSION)'
MAINS := cmd/kubectl-split_ingress $(wildcard cmd/split-ingress-runtime)

.DEFAULT_GOAL := help
.PHONY: help demo test build install lint fuzz bench generate golden tools judge bench-proxy

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: build ## build, and convert an embedded legacy Ingress
	@bin/kubectl-split_ingress demo

test: ## go vet and all tests; REQUIRE_SHARED=1 fails where ../shared is absent, STORM=1m has the storm of reloads go on for so long
	$(GO) vet ./...
	@report=$$(mktemp) && trap 'rm -f "$$report"' EXIT && \
		echo "$(GO) test ./..." && GOLDEN_REPORT=$$report $(GO) test ./... && cat "$$report"
	@command -v nginx >/dev/null || echo "SKIPPED: nginx -t (nginx is not installed; make judge fetches one)"
	@[ ! -d $(SHARED) ] || grep '^mutants:' docs/generated/mutants.md
	@if [ ! -d $(SHARED) ]; then \
		echo "SKIPPED: corpus, golden-random"; \
		[ "$(REQUIRE_SHARED)" != 1 ] || { echo "$(SHARED) is absent, but REQUIRE_SHARED=1" >&2; exit 1; }; \
	fi

build: ## the commands, into bin/
	@mkdir -p bin
	@for main in $(MAINS); do \
		echo "$(GO) build -o bin/ ./$$main"; \
		$(GO) build $(BUILD) -o bin/ ./$$main || exit 1; \
	done

install: ## the commands, into Go's bin directory (kubectl finds its plugins on the PATH)
	$(GO) install $(BUILD) $(addprefix ./,$(MAINS))

lint: ## gofmt, staticcheck, and govulncheck where its database can be reached
	@files=$$(gofmt -l .) || exit 1; \
	[ -z "$$files" ] || { echo "not formatted:"; echo "$$files"; exit 1; }
	$(TOOL) staticcheck ./...
	@.ci/vulncheck ./...

fuzz: ## every Fuzz function for FUZZTIME (default 10s)
	@grep -rnoE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' . | sort | while IFS=: read -r file _ func; do \
		echo "$$file $${func#func }"; \
		$(GO) test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$(dirname $$file)" </dev/null || exit 1; \
	done

bench: ## conversions of generated Ingresses: CPU, memory, outcomes
	$(GO) test -run '^$$' -bench . -benchtime 1x ./fixtures/bench/... ./cmd/internal/convert/...

generate: ## rewrite what is generated (docs/generated)
	$(GO) generate ./...

golden: ## what the real controller answered against ours: the Ingresses as they are, and converted; GOLDEN_DIRS=DIR:DIR plays more recordings
	@report=$$(mktemp) && trap 'rm -f "$$report"' EXIT && \
		{ GOLDEN_REPORT=$$report $(GO) test ./cmd/internal/server -run '^TestGolden$$' -count=1; status=$$?; cat "$$report"; exit $$status; }

tools: ## etcd, kube-apiserver, contour, Envoy, gator and conftest for the judges, once, into .tools/
	@fixtures/tools/build.sh

judge: ## what we emit against a real API server, Contour, Envoy, gator and conftest, and what we say that nginx refuses against nginx; REQUIRE_JUDGES=1 fails where they can't be had, UPDATE=1 rewrites fixtures/judge and judged.txt of fixtures/borders/roles
	@if tools=$$(fixtures/tools/build.sh); then \
		JUDGE_TOOLS=$$tools $(GO) test ./cmd/internal/judge -run Judge -v -count=1 -timeout 30m $(if $(UPDATE),-args -update); \
	else \
		echo "SKIPPED: judges: the tools could not be built or fetched, see above"; \
		[ "$(REQUIRE_JUDGES)" != 1 ] || { echo "REQUIRE_JUDGES=1, and the judges cannot run" >&2; exit 1; }; \
	fi
	@if tools=$$(fixtures/tools/build.sh nginx); then \
		NGINX=$$tools/nginx $(GO) test ./annotations/nginx -run RefusalsAreNginx -v -count=1; \
	else \
		echo "SKIPPED: nginx -t: nginx could not be fetched, see above"; \
		[ "$(REQUIRE_JUDGES)" != 1 ] || { echo "REQUIRE_JUDGES=1, and nginx cannot run" >&2; exit 1; }; \
	fi

bench-proxy: build ## our runtime beside nginx, haproxy, Envoy and Caddy: CPU per request, reload; SMOKE=1 for 40 s, CHECK=1 fails where a bound is not met, UPDATE=1 rewrites the result in docs/generated
	@for program in nginx haproxy wrk h2load taskset; do \
		command -v $$program >/dev/null || echo "missing: $$program (Debian: apt-get install nginx haproxy wrk nghttp2-client util-linux)" >&2; \
	done
	@for program in envoy caddy; do \
		made=$$(fixtures/tools/build.sh $$program) && dir=$$made || echo "missing: $$program, see above" >&2; \
	done; \
	$(GO) build -trimpath -o bin/bench-proxy ./fixtures/peers && \
	exec bin/bench-proxy -tools "$$dir" -rounds $(ROUNDS) -duration $(DURATION) -parts $(PARTS) \
		$(if $(SMOKE),-smoke) $(if $(CHECK),-check) $(if $(UPDATE),-update docs/generated/bench-proxy.md)
