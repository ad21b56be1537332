#!/bin/sh
# GRPO with verl on a Ray cluster, on an export of ours, with our verifiers as the reward.
#
#   NODES=2 GPUS=8 ASSAY_URL=http://HEAD:8000 recipes/verl/grpo.sh out/first MODEL out/verl [KEY=VALUE ...]
#
# The directories must be seen by all nodes; KEY=VALUE overrides any setting of verl. docs/training.md
# says what must run beside it, and which version of verl the keys were read in.
set -eu
if [ $# -lt 3 ]; then
    echo "usage: $0 EXPORT MODEL OUT [KEY=VALUE ...]" >&2
    exit 2
fi
data=$(cd "$1" && pwd)/data model=$2 out=$3
shift 3
mkdir -p "$out"
out=$(cd "$out" && pwd)
reward=$(cd "$(dirname "$0")/../../docs/clients" && pwd)/verl_reward.py

# The files of a split as a list of Hydra's: ['/.../train-00000-of-00002.parquet','...']
files() {
    list=
    for file in "$data/$1"-*.parquet; do
        if [ -f "$file" ]; then list="$list,'$file'"; fi
    done
    echo "[${list#,}]"
}
train=$(files train) test=$(files test)
if [ "$train" = "[]" ]; then
    echo "$0: $data holds no train-*.parquet: export with --format verl" >&2
    exit 2
fi
# verl wants files to validate on; without a split of them none are looked at.
if [ "$test" = "[]" ]; then test=$train every=-1; else every=${TEST_EVERY:-20}; fi
problems=${PROBLEMS_A_STEP:-128}

# Without an address Ray would start a cluster of this one machine instead of joining the one there is.
export RAY_ADDRESS="${RAY_ADDRESS:-auto}"
exec "${PYTHON:-python3}" -m verl.trainer.main_ppo \
    algorithm.adv_estimator=grpo \
    algorithm.use_kl_in_reward=False \
    "data.train_files=$train" \
    "data.val_files=$test" \
    data.train_batch_size="$problems" \
    data.max_prompt_length="${PROMPT_TOKENS:-1024}" \
    data.max_response_length="${RESPONSE_TOKENS:-2048}" \
    data.filter_overlong_prompts=True \
    data.seed="${SEED:-0}" \
    actor_rollout_ref.model.path="$model" \
    actor_rollout_ref.actor.optim.lr="${LEARNING_RATE:-1e-6}" \
    actor_rollout_ref.actor.ppo_mini_batch_size="$problems" \
    actor_rollout_ref.actor.use_dynamic_bsz=True \
    actor_rollout_ref.actor.use_kl_loss=False \
    actor_rollout_ref.actor.loss_agg_mode=token-mean \
    actor_rollout_ref.rollout.name=vllm \
    actor_rollout_ref.rollout.n="${GROUP_SIZE:-8}" \
    actor_rollout_ref.rollout.tensor_model_parallel_size="${TENSOR_PARALLEL:-1}" \
    reward.custom_reward_function.path="$reward" \
    reward.custom_reward_function.name=compute_score \
    +reward.custom_reward_function.reward_kwargs.url="${ASSAY_URL:-http://127.0.0.1:8000}" \
    trainer.nnodes="${NODES:-1}" \
    trainer.n_gpus_per_node="${GPUS:-8}" \
    trainer.total_training_steps="${STEPS:-200}" \
    trainer.save_freq="${SAVE_EVERY:-50}" \
    trainer.test_freq="$every" \
    trainer.val_before_train=False \
    "trainer.logger=['console']" \
    trainer.project_name=assay \
    trainer.experiment_name=grpo \
    trainer.default_local_dir="$out" \
    "$@"
