# The side of lm-evaluation-harness in script/bench, which sources this file: its environment, the model as a Hugging
# Face folder, the choice of its fastest setting, and the rows eval.
# SPDX-License-Identifier: Apache-2.0

lm_eval=$cache/lm-eval-peer

# The environment builds on PyTorch's.
prepare_lm_eval() {
    local model_folder
    prepare_torch
    if ! { [[ -x "$lm_eval/bin/python" ]] && "$lm_eval/bin/python" -c 'import lm_eval, torch' 2>/dev/null; }; then
        say "making the environment of lm-evaluation-harness in $lm_eval (once)"
        "$torch/bin/python" -m venv "$lm_eval" >&2 || fail "python3 with its venv module is missing"
        "$torch/bin/python" -c 'import site; print(site.getsitepackages()[0])' \
            >"$(echo "$lm_eval"/lib/python*/site-packages)/torch-peer.pth"
        "$lm_eval/bin/pip" install -q --disable-pip-version-check 'lm_eval[hf,math]==0.4.13' pyarrow >&2 ||
            fail "pip could not install lm_eval"
    fi
    model_folder=$cache/models/$model-hf
    if [[ ! -s "$model_folder/model.safetensors" ]]; then
        variant=bf16 prepare_model
        "$xmodel" convert "$cache/models/$model-bf16.gguf" "$model_folder" >&2 || fail "'xmodel convert' failed"
    fi
}

# What one setting, "DTYPE BATCH_SIZE", prints for the row's tasks.
lm_eval_run() { # SETTING LIMIT
    local dtype batch
    read -r dtype batch <<<"$1"
    "$lm_eval/bin/python" tools/peers/lm_eval_run.py --model "$cache/models/$model-hf" --data-root "$XMODEL_DATA" \
        --tasks "$variant" --limit "$2" --dtype "$dtype" --batch-size "$batch" --threads "$threads" \
        2>"$cache/lm-eval.log" | tail -n 1
}

# Sets `lm_eval_setting` to the harness's fastest setting for the row, found by one short run of each and remembered.
choose_lm_eval_setting() {
    local memory setting result speed best=0
    memory="$cache/fastest-lm-eval-$row-$threads-$(cpu_name | cksum | cut -d ' ' -f 1)"
    lm_eval_setting=$(cat "$memory" 2>/dev/null || true)
    [[ -z "$lm_eval_setting" ]] || return 0
    for setting in "float32 1" "float32 8" "bfloat16 1" "bfloat16 8" "bfloat16 32"; do
        result=$(lm_eval_run "$setting" 8) || { say "lm_eval, $setting: does not work here"; continue; }
        speed=$(number "$result" requests_per_second lm_eval_run.py)
        say "lm_eval, $setting: $speed requests/s"
        if awk -v a="$speed" -v b="$best" 'BEGIN { exit !(a > b) }'; then
            best=$speed
            lm_eval_setting=$setting
        fi
    done
    [[ -n "$lm_eval_setting" ]] || fail "lm_eval works in none of its settings; see $cache/lm-eval.log"
    echo "$lm_eval_setting" >"$memory"
}

theirs_eval() {
    local result
    [[ "${lm_eval_row:-}" == "$row" ]] || { choose_lm_eval_setting; lm_eval_row=$row; }
    result=$(lm_eval_run "$lm_eval_setting" "$sequences") || fail "lm_eval failed; see $cache/lm-eval.log"
    values=("$(number "$result" requests_per_second lm_eval_run.py)")
    settings=("lm_eval 0.4.13 on transformers, ${lm_eval_setting/ /, batch }")
}
