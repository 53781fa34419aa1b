# The PyTorch side of script/bench, which sources this file: the environment, one run of torch_train.py, the choice of
# PyTorch's fastest mode for a shape, and the rows train and memory.
# SPDX-License-Identifier: Apache-2.0

torch=$cache/torch-peer

prepare_torch() {
    if [[ -x "$torch/bin/python" ]] && "$torch/bin/python" -c 'import numpy, torch, transformers' 2>/dev/null; then
        return
    fi
    say "making the PyTorch environment in $torch (about 1.5 GB, once)"
    mkdir -p "$cache"
    python3 -m venv "$torch" >&2 || fail "python3 with its venv module is missing: apt-get install python3-venv"
    local pip=("$torch/bin/pip" install -q --disable-pip-version-check)
    # Prefer the build without CUDA; pip's configured index may not have it.
    "${pip[@]}" 'torch==2.13.0+cpu' >/dev/null 2>&1 || "${pip[@]}" torch >&2 || fail "pip could not install torch"
    "${pip[@]}" transformers numpy >&2 || fail "pip could not install transformers and numpy"
}

# Some modes do not work everywhere: torch.compile needs a C++ compiler.
try_torch() { # PRESET VOCABULARY MODE STEPS
    "$torch/bin/python" tools/peers/torch_train.py --preset "$1" --vocabulary "$2" --mode "$3" --steps "$4" \
        --batch-size "$batch_size" --length "$length" --threads "$threads" 2>"$cache/torch-$3.log"
}

torch_train() { # PRESET VOCABULARY MODE STEPS
    try_torch "$@" || fail "PyTorch failed; see $cache/torch-$3.log"
}

# Sets `torch_mode` to PyTorch's fastest mode for a shape on this machine, and `torch_shape` to the shape. The mode is
# found by one short run of each and remembered in a file.
choose_torch_mode() { # PRESET VOCABULARY
    local memory candidate result speed best=0
    torch_shape="$1 $2"
    memory="$cache/fastest-mode-$1-$2-$threads-$(cpu_name | cksum | cut -d ' ' -f 1)"
    if [[ -s "$memory" ]]; then
        torch_mode=$(<"$memory")
        say "PyTorch's fastest mode for $1, V=$2 is $torch_mode (chosen earlier; remove $memory to choose again)"
        return
    fi
    torch_mode=
    for candidate in f32 bf16 compile; do
        if ! result=$(try_torch "$1" "$2" "$candidate" 2); then
            say "PyTorch, mode $candidate: does not work here (see $cache/torch-$candidate.log)"
            continue
        fi
        speed=$(number "$result" tokens_per_second torch_train.py)
        say "PyTorch, mode $candidate: $(printf '%.0f' "$speed") tokens/s"
        if awk -v a="$speed" -v b="$best" 'BEGIN { exit !(a > b) }'; then
            best=$speed
            torch_mode=$candidate
        fi
    done
    [[ -n "$torch_mode" ]] || fail "PyTorch works in none of its modes; see $cache/torch-*.log"
    echo "$torch_mode" >"$memory"
}

theirs_training() { # KEY
    [[ "${torch_shape:-}" == "$model $variant" ]] || choose_torch_mode "$model" "$variant"
    run_once torch_train "$model" "$variant" "$torch_mode" "$steps"
    values=("$(number "$output" "$1" torch_train.py)")
    settings=("PyTorch $(field "$output" torch), $torch_mode")
}

theirs_train() { theirs_training tokens_per_second; }
theirs_memory() { theirs_training peak_bytes; }
