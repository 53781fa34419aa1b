# The llama.cpp side of script/bench, which sources this file: the build, one run of each of its two speed tools, and
# the rows prefill, decode and batch, each without and with flash attention.
# SPDX-License-Identifier: Apache-2.0

llama=$cache/llama.cpp/bin
llama_package=llama-cpp-python==0.3.36

# Builds llama.cpp for this processor from the source that a PyPI package carries: the tools of the rows, and those of
# the scripts in tools/oracles.
prepare_llama() {
    [[ ! -x "$llama/llama-bench" || ! -x "$llama/llama-batched-bench" ]] || return 0
    mkdir -p "$cache"
    local scratch tools=(llama-bench llama-batched-bench llama-perplexity llama-completion llama-tokenize)
    scratch=$(mktemp -d "$cache/.llama.XXXXXX")
    say "building llama.cpp from $llama_package in $scratch (once, some ten minutes)"
    python3 -m pip download -q --disable-pip-version-check --no-deps --no-binary llama-cpp-python \
        --dest "$scratch" "$llama_package" >&2 || fail "pip could not download $llama_package"
    tar -xf "$scratch"/llama_cpp_python-*.tar.gz -C "$scratch" || fail "$llama_package is not the archive expected"
    # GCC 12 drops most stores to AMX's tile configuration, since its _tile_loadconfig claims to read only 8 bytes of it;
    # the next tile instruction is then illegal (llama.cpp's pull request 26954). A barrier keeps them.
    sed -i 's/_tile_loadconfig(&tc);/asm volatile("" : : "r"(\&tc) : "memory"); &/' \
        "$scratch"/llama_cpp_python-*/vendor/llama.cpp/ggml/src/ggml-cpu/amx/mmq.cpp
    if ! command -v cmake >/dev/null; then
        python3 -m venv "$scratch/tools" >&2 ||
            fail "python3 with its venv module is missing: apt-get install python3-venv"
        "$scratch/tools/bin/pip" install -q --disable-pip-version-check cmake >&2 || fail "pip could not install cmake"
    fi
    (
        PATH="$scratch/tools/bin:$PATH"
        cmake -S "$scratch"/llama_cpp_python-*/vendor/llama.cpp -B "$scratch/build" -DCMAKE_BUILD_TYPE=Release \
            -DGGML_NATIVE=ON -DLLAMA_CURL=OFF -DLLAMA_BUILD_TESTS=OFF -DBUILD_SHARED_LIBS=OFF
        cmake --build "$scratch/build" -j "$(nproc)" --target "${tools[@]}"
    ) >"$cache/llama.log" 2>&1 || fail "llama.cpp could not be built; see $cache/llama.log and $scratch"
    mkdir -p "$llama"
    cp "${tools[@]/#/$scratch/build/bin/}" "$llama/"
    rm -rf "$scratch"
}

# Prints a JSON line per test (prompt or decoding) and setting of flash attention (0 or 1), means of three repetitions.
llama_bench() { # FILE
    "$llama/llama-bench" -m "$1" -p "$prompt_tokens" -n "$decoded_tokens" -t "$threads" -fa 0,1 -r 3 -o jsonl \
        2>"$cache/llama-bench.log" || fail "llama-bench failed; see $cache/llama-bench.log"
}

# Prints a JSON line for each of three repetitions. Every sequence has a prompt of its own, and the cache holds exactly
# the tokens of all sequences.
llama_batched_bench() { # FILE SEQUENCES on|off
    "$llama/llama-batched-bench" -m "$1" -c "$(($2 * (batch_prompt_tokens + decoded_tokens)))" \
        -npp "$batch_prompt_tokens" -ntg "$decoded_tokens" -npl "$2,$2,$2" -t "$threads" -tb "$threads" -fa "$3" \
        --output-format jsonl 2>"$cache/llama-batched-bench.log" |
        grep '"speed_tg"' || fail "llama-batched-bench failed; see $cache/llama-batched-bench.log"
}

flash_settings=("llama.cpp of $llama_package" "llama.cpp of $llama_package, flash attention")

theirs_generation() { # KEY_THAT_IS_0
    local flash line
    run_once llama_bench "$(model_file)"
    values=()
    settings=("${flash_settings[@]}")
    for flash in 0 1; do
        line=$(grep "\"$1\": 0," <<<"$output" | grep "\"flash_attn\": \"*$flash\"*,") ||
            fail "llama-bench printed no line with \"$1\": 0, \"flash_attn\": $flash: $output"
        values+=("$(number "$line" avg_ts llama-bench)")
    done
}

theirs_prefill() { theirs_generation n_gen; }
theirs_decode() { theirs_generation n_prompt; }

theirs_batch() {
    local flash line speeds
    values=()
    settings=("${flash_settings[@]}")
    for flash in off on; do
        run_once llama_batched_bench "$(model_file)" "$sequences" "$flash"
        speeds=()
        while read -r line; do speeds+=("$(number "$line" speed_tg llama-batched-bench)"); done <<<"$output"
        values+=("$(median "${speeds[@]}")")
    done
}
