# Everything is built in release: training in a debug build is too slow to test, and tests see the
# package's own declarations without @testable, so one build serves them and the program.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=
WEFT := .build/release/weft
BUILD := $(SWIFT) build -c release
# A package of its own, so that nobody pays for it who does not need it.
PARTIES := $(SWIFT) build --package-path Sources/Parties --scratch-path .build/parties \
  --product weft-parties

# What `make bench` and `make fuzz` take, and how long or how much. PEERS= is Weft alone; OUTPUT is a
# file for the table of a run that is not written to Benchmarks/RESULTS.md.
WORKLOADS ?= all
PEERS ?= all
THREADS ?=
OUTPUT ?=
SECONDS_EACH ?= 0.5
ROUNDS ?= 7
BENCH_VENV := .build/bench-venv
FUZZ ?= 100000
FUZZ_SEED ?= 1

BUILD_NEEDS := libncurses-dev zlib1g-dev libpng-dev pkg-config
TEST_NEEDS := $(BUILD_NEEDS) tmux
PEER_NEEDS := libtcmalloc-minimal4 g++ python3-dev python3-venv

.PHONY: help run parties test lint bench fuzz kills install uninstall clean
.DEFAULT_GOAL := help

# Installs the Debian packages of a list that are missing; asks the archive only then.
define need
@missing=(); \
if command -v dpkg-query >/dev/null; then \
  for package in $(1); do \
    status=$$(dpkg-query -W -f '$${db:Status-Status}' "$$package" 2>/dev/null || true); \
    [ "$$status" = installed ] || missing+=("$$package"); \
  done; \
fi; \
if [ $${#missing[@]} -gt 0 ]; then \
  echo "installing $${missing[*]}"; \
  become=(); \
  if [ "$$(id -u)" != 0 ]; then \
    command -v sudo >/dev/null || { echo "please install as root: apt-get install $${missing[*]}" >&2; exit 1; }; \
    become=(sudo); \
  fi; \
  install=("$${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$${missing[@]}"); \
  "$${install[@]}" || { "$${become[@]}" apt-get update -q; "$${install[@]}"; }; \
fi
endef

help: ## what there is to make
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1 \2/p' Makefile \
	  | while read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

run: ## build, and open the workbench on a trained example
	$(call need,$(BUILD_NEEDS))
	$(BUILD) --product weft
	@$(WEFT)

parties: ## what weft serve, join and keys need besides: gRPC, ten minutes the first time
	$(call need,$(BUILD_NEEDS))
	$(BUILD) --product weft
	$(PARTIES) -c release
	install -m755 .build/parties/release/weft-parties .build/release/weft-parties

test: ## every test, and a small round of fuzzing
	$(call need,$(TEST_NEEDS))
	$(BUILD) --build-tests
	$(PARTIES)
	WEFT_PARTIES='$(CURDIR)/.build/parties/debug/weft-parties' $(SWIFT) test -c release --skip-build

lint: ## the formatter's opinion, strictly
	$(SWIFT) format lint --strict -r Package.swift Sources Tests

bench: ## Weft beside PyTorch and JAX, half an hour: WORKLOADS=all PEERS=all THREADS="1 2" ROUNDS=7 SECONDS_EACH=0.5
	$(call need,$(BUILD_NEEDS) python3 $(if $(PEERS),$(PEER_NEEDS)))
	$(BUILD) --product weft
	@python=python3; \
	if [ -n '$(PEERS)' ] && ! python3 -c 'import jax, numpy, torch' 2>/dev/null; then \
	  python=$(BENCH_VENV)/bin/python; \
	  if ! $$python -c 'import jax, numpy, torch' 2>/dev/null; then \
	    echo 'installing the peers in $(BENCH_VENV): gigabytes, as PyTorch from PyPI brings CUDA'; \
	    { python3 -m venv $(BENCH_VENV) && $$python -m pip install -q -r Benchmarks/requirements.txt; } \
	      || python=python3; \
	  fi; \
	fi; \
	$$python Benchmarks/run.py --rounds $(ROUNDS) --seconds $(SECONDS_EACH) \
	  $(if $(THREADS),--threads $(THREADS)) \
	  $(if $(filter-out all,$(WORKLOADS)),--workloads $(WORKLOADS)) \
	  $(if $(filter all,$(PEERS)),,--peers $(PEERS)) $(if $(OUTPUT),--output '$(OUTPUT)')

fuzz: ## throw FUZZ=100000 mutated sessions, themes and command lines at the readers
	$(call need,$(TEST_NEEDS))
	$(BUILD) --build-tests
	WEFT_FUZZ=$(FUZZ) WEFT_FUZZ_SEED=$(FUZZ_SEED) $(SWIFT) test -c release --skip-build --filter FuzzTests

kills: ## kill training 200 times while it saves; no session may be lost
	$(call need,$(TEST_NEEDS))
	$(BUILD) --build-tests
	WEFT_KILLS=200 $(SWIFT) test -c release --skip-build --filter KillTests

install: ## program, sessions, themes, completions and manual page under PREFIX (and DESTDIR)
	$(call need,$(BUILD_NEEDS))
	$(BUILD) --product weft
	install -Dm755 $(WEFT) '$(DESTDIR)$(PREFIX)/bin/weft'
	if [ -x .build/release/weft-parties ]; then \
	  install -Dm755 .build/release/weft-parties '$(DESTDIR)$(PREFIX)/bin/weft-parties'; \
	fi
	install -d '$(DESTDIR)$(PREFIX)/share/weft/sessions' '$(DESTDIR)$(PREFIX)/share/weft/themes'
	install -m644 sessions/* '$(DESTDIR)$(PREFIX)/share/weft/sessions'
	install -m644 themes/* '$(DESTDIR)$(PREFIX)/share/weft/themes'
	install -Dm644 LICENSE '$(DESTDIR)$(PREFIX)/share/doc/weft/LICENSE'
	install -Dm644 Sources/CDataSets/LICENSES.md '$(DESTDIR)$(PREFIX)/share/doc/weft/DATA-LICENSES.md'
	install -Dm644 <($(WEFT) completions bash) '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/weft'
	install -Dm644 <($(WEFT) completions zsh) '$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_weft'
	install -Dm644 <($(WEFT) completions fish) '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/weft.fish'
	install -Dm644 <($(WEFT) manual) '$(DESTDIR)$(PREFIX)/share/man/man1/weft.1'

uninstall: ## what install put there
	rm -f '$(DESTDIR)$(PREFIX)/bin/weft' '$(DESTDIR)$(PREFIX)/bin/weft-parties' '$(DESTDIR)$(PREFIX)/share/man/man1/weft.1' \
	  '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/weft' \
	  '$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_weft' \
	  '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/weft.fish'
	rm -rf '$(DESTDIR)$(PREFIX)/share/weft' '$(DESTDIR)$(PREFIX)/share/doc/weft'

clean: ## everything that was built
	rm -rf .build
