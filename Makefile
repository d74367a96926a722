# SPDX-License-Identifier: Apache-2.0
# Short names for what script/ and ctest do. `make` alone builds.
.PHONY: build check test bench bench-large soak sanitize sim demo format format-check clean

FILES_CHANGED = { git diff --diff-filter=d --name-only HEAD; git ls-files --others --exclude-standard; } 2>/dev/null | grep -E '\.(cpp|hpp)$$'

build:
	@script/build release

# What must be green before a commit: build, all tests (layers and tidy among them), a tiny run of every bench, formatting.
check: build format-check
	@ctest --test-dir build/release --output-on-failure --parallel "$$(script/lanes)"
	@for bench in build/release/bench/*_bench; do [ ! -x "$$bench" ] || "$$bench" --benchmark_min_time=0.001 >/dev/null || exit 1; done

# Rewrites the files changed since the last commit as .clang-format says.
format:
	@files=$$($(FILES_CHANGED)); [ -z "$$files" ] || clang-format -i $$files

format-check:
	@command -v clang-format >/dev/null || { echo 'clang-format is not installed: formatting not checked'; exit 0; }; \
	files=$$($(FILES_CHANGED)); [ -z "$$files" ] || clang-format --dry-run --Werror $$files

# Installs what is missing, builds, runs everything.
test:
	@script/test

# The million rows of bench/results/2026-11-training.md: some 20 GB on a disk, some ten minutes.
bench-large: build
	@bench/large_training.sh

bench: build
	@for bench in build/release/bench/*_bench; do [ ! -x "$$bench" ] || "$$bench" || exit 1; done

# Made data sets from CSV to answers, beside R's where R is installed, four hundred trainings of made data beside Newton's
# method in the clear, then the fuzz programs for ten minutes each.
soak: build
	@bash tests/soak/made_commons.sh build/release/medcommons 1 10 || [ $$? = 77 ]
	@MEDCOMMONS_MADE_TRAININGS="1 200" build/release/query_tests --gtest_brief=1 --gtest_filter='MadeTrainings.*'
	@script/setup test
	@script/build fuzz
	@MEDCOMMONS_FUZZ_BUILD=build/fuzz MEDCOMMONS_FUZZ_SECONDS=600 bash tests/house/fuzz_smoke.sh

# The two lowest rooms, in which memory is taken by hand and threads share it, under the sanitizers: addresses and undefined behaviour in
# all of their tests, races in those that use threads.
sanitize:
	@script/build asan base_tests fhe_tests
	@build/asan/base_tests --gtest_brief=1
	@build/asan/fhe_tests --gtest_brief=1
	@script/build tsan base_tests fhe_tests
	@build/tsan/base_tests --gtest_brief=1 --gtest_filter='Workers*'
	@build/tsan/fhe_tests --gtest_brief=1 --gtest_filter='*Rotation*:*Workers*:AlignedWords*:Evaluator*:KeySwitching*'

# The committee's ceremonies under loss, repetition, delay, damage, crashes and lies: `make sim SEED=17` is one story, to be
# told again by its number.
sim: build
	@build/release/medcommons simulate --seed "$(or $(SEED),1)" --custodians "$(or $(CUSTODIANS),3)" --threshold "$(or $(THRESHOLD),2)"

demo:
	@script/demo

clean:
	@rm -rf build/release build/debug build/asan build/tsan build/fuzz build/fuzz_smoke build/wasm
