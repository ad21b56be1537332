"""Real TRL on a tiny random model. Everything that needs torch is here, so that it loads once."""

import gc
import logging
import math
import re
import sys
from dataclasses import replace
from itertools import cycle, islice

import numpy as np
import pytest
from models import tiny_model

from trainer import TrainSettings, train
from trainer.checkpoints import last_checkpoint
from trainer.errors import BadSettings, ModelUnusable, NothingLearnt, TrainingUnavailable
from trainer.events import EVENTS, EventFile
from trainer.groups import GROUPS, read_groups
from trainer.metrics import read_metrics
from trainer.policies import import_trl
from trainer.settings import LOSSES, grpo_arguments

STEPS = 4


@pytest.fixture(scope="module")
def libraries():
    """TRL, outside the garbage collector's sight: each training calls it, 0.3 s to walk through."""
    import_trl()
    from trl.trainer.grpo_trainer import GRPOTrainer  # noqa: F401

    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="module")
def settings(libraries, tmp_path_factory, write_export):
    """A run in which some of the random model's digits happen to be right, in every second step."""
    directory = tmp_path_factory.mktemp("grpo")
    return TrainSettings(
        export=write_export(directory / "export", list("123456")),
        model=str(tiny_model(directory / "model")),
        out=directory / "run",
        steps=STEPS,
        group_size=32,
        batch_size=96,
        micro_batch_size=48,
        learning_rate=1e-3,
        max_completion_tokens=32,
        save_steps=2,
        workers=1,
        wall_s=20.0,
    )


@pytest.fixture(scope="module")
def run(settings):
    """The result of an uninterrupted run, and what its steps told."""
    told = []
    return train(settings, on_step=told.append), told


def test_each_step_leaves_a_row_of_metrics(run, settings):
    result, told = run
    rows = read_metrics(result.metrics)
    assert rows == told
    assert [row.step for row in rows] == [1, 2, 3, 4]
    assert any(row.zero_spread < 1 for row in rows), "no group taught anything: other test data"
    for row in rows:
        assert row.completions == settings.batch_size
        assert 0 < row.completion_length <= settings.max_completion_tokens
        assert row.tokens == round(row.completion_length * row.completions)
        assert 0 < row.reward_seconds < row.seconds
        assert row.tokens_per_s == pytest.approx(row.tokens / row.seconds)
        # A random model is nearly as unsure as can be of which of its 259 tokens is next.
        assert 0.9 * math.log(259) < row.entropy < math.log(259)
        assert row.loss is not None
        assert row.grad_norm is not None
        # A reward of 0 or 1 fixes the deviation, and groups without spread give no gradient.
        assert row.reward_std == pytest.approx((row.reward_mean * (1 - row.reward_mean)) ** 0.5)
        assert (row.zero_spread == 1) == (row.grad_norm == 0)
    assert result.completions == STEPS * settings.batch_size
    assert result.tokens == sum(row.tokens for row in rows)
    assert result.steps == STEPS
    assert result.undecided == 0
    assert result.constant_reward is None


def test_each_group_leaves_its_rewards_and_lengths(run, settings):
    _, told = run
    groups = read_groups(settings.out / GROUPS)
    assert [group.step for group in groups] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    assert {group.started_from for group in groups} == {settings.model}
    for step in told:
        ours = [group for group in groups if group.step == step.step]
        rewards = [reward for group in ours for reward in group.rewards]
        assert len(rewards) == settings.batch_size
        assert sum(rewards) / len(rewards) == pytest.approx(step.reward_mean)
        assert sum(sum(group.tokens) for group in ours) == step.tokens
        assert len({group.problem_id for group in ours}) == 3


def test_what_scores_call_an_advantage_is_trls():
    """`curation.scoring.signals` rests on TRL's deviation having G - 1 below it."""
    import torch
    from trl.trainer.utils import nanstd

    from curation.scoring.signals import TRL_EPSILON, grpo

    rewards = torch.tensor([[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]])
    theirs = (rewards - rewards.mean()) / (nanstd(rewards, dim=1) + TRL_EPSILON)
    variance = 0.25 * 0.75
    ours = 2 * variance / ((variance * 8 / 7) ** 0.5 + TRL_EPSILON)
    assert float(theirs.abs().mean()) == pytest.approx(ours, rel=1e-5)
    # With a group of two there is one mixed outcome, and its chance is p_mixed.
    half = np.array([1e9])
    assert grpo(alpha=half, beta=half, group_size=2)[0] == pytest.approx(
        0.5 * 0.5 / 0.5**0.5, rel=1e-3
    )


def test_trained_model_loads_and_has_changed(run, settings):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    result, _ = run
    trained = AutoModelForCausalLM.from_pretrained(result.model)
    tokenizer = AutoTokenizer.from_pretrained(result.model)
    assert _weights(result.model) != _weights(settings.model)
    assert trained.config.use_cache
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "1 + 1?"}], add_generation_prompt=True, return_tensors="pt"
    )
    assert trained.generate(**prompt, max_new_tokens=2).shape[1] > prompt["input_ids"].shape[1]


def test_interrupted_run_goes_on_to_the_same_weights(run, settings):
    uninterrupted, steps = run
    again = replace(settings, out=settings.out.with_name("interrupted"))

    def interrupt(row):
        if row.step == 3:  # its row is written, its checkpoint is not
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(again, on_step=interrupt)
    assert [row.step for row in read_metrics(again.out / "metrics.jsonl")] == [1, 2, 3]
    (again.out / "checkpoint-3").mkdir()  # as a kill would leave it

    told = []
    result = train(again, on_step=told.append)
    assert result.resumed_from == 2
    assert [row.step for row in told] == [3, 4]
    rows = read_metrics(result.metrics)
    assert [row.step for row in rows] == [1, 2, 3, 4]
    assert read_groups(again.out / GROUPS) == read_groups(settings.out / GROUPS)
    assert [row.reward_mean for row in rows] == [row.reward_mean for row in steps]
    assert [row.tokens for row in rows] == [row.tokens for row in steps]
    assert _weights(result.model) == _weights(uninterrupted.model)


def test_finished_run_takes_no_further_step_unless_more_are_asked_for(run, settings):
    result, _ = run
    again = replace(settings, out=settings.out.with_name("finished"), steps=1, save_steps=1)
    train(again)
    told = []
    assert train(again, on_step=told.append).steps == 1
    assert told == []
    assert train(replace(again, steps=2), on_step=told.append).resumed_from == 1
    assert [(row.step, row.tokens) for row in told] == [
        (row.step, row.tokens) for row in read_metrics(result.metrics)[1:2]
    ]


def test_finished_run_is_not_continued_with_other_settings(run, settings):
    with pytest.raises(BadSettings, match=r"temperature 1\.0, not 0\.5"):
        train(replace(settings, temperature=0.5))


def test_nothing_is_printed_and_nothing_is_reported(run, settings, capfd):
    import huggingface_hub.constants

    train(replace(settings, out=settings.out.with_name("quiet"), steps=1))
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err == ""
    assert huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY


def test_undecided_completions_are_counted_and_constant_rewards_told(
    settings, write_export, tmp_path, caplog
):
    # The first ground truth is no mathematics; the second is right for no random text.
    export = write_export(tmp_path / "export", ["", "123456789123456789"])
    settings = replace(
        settings,
        export=export,
        out=tmp_path / "run",
        steps=2,
        batch_size=64,
        micro_batch_size=None,
    )
    with caplog.at_level(logging.WARNING):
        result = train(settings)
    assert (result.completions, result.undecided) == (128, 64)
    assert result.constant_reward == 0.0
    assert _weights(result.model) == _weights(settings.model)
    messages = [record.getMessage() for record in caplog.records]
    assert [message.split(",")[0] for message in messages] == [
        "32 of 64 completions undecided and left out"
    ] * 2


def test_trl_leaves_a_completion_without_reward_out_of_its_group(settings, tmp_path):
    """What VerifierReward relies on when it gives None: no 0, and no poisoned group."""
    from datasets import Dataset
    from transformers import PrinterCallback
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.grpo_trainer import GRPOTrainer

    def reward(completions, **_):
        return list(islice(cycle([1.0, None, 0.0, 0.0, None, None, None, 1.0]), len(completions)))

    trainer = GRPOTrainer(
        model=settings.model,
        reward_funcs=reward,
        train_dataset=Dataset.from_list([{"prompt": "a"}, {"prompt": "b"}]),
        args=GRPOConfig(
            output_dir=str(tmp_path),
            max_steps=1,
            per_device_train_batch_size=8,
            num_generations=4,
            max_completion_length=4,
            use_cpu=True,
            bf16=False,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
        ),
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    # The only place where TRL keeps advantages; a mean over 1, 0, 0 with deviation 0.577.
    first, second = list(trainer._logs["advantages"])[:4], list(trainer._logs["advantages"])[4:]
    assert first == pytest.approx([1.1545, 0.0, -0.5772, -0.5772], abs=1e-3)
    assert second == [0.0, 0.0, 0.0, 0.0]


def test_lora_run_with_divergence_saves_a_merged_model(settings, tmp_path):
    from transformers import AutoModelForCausalLM

    told = []
    result = train(
        replace(settings, out=tmp_path, steps=2, lora_rank=4, beta=0.01), on_step=told.append
    )
    assert all(row.kl is not None for row in told)
    assert not list(result.model.glob("adapter*"))
    assert AutoModelForCausalLM.from_pretrained(result.model).num_parameters() == (
        AutoModelForCausalLM.from_pretrained(settings.model).num_parameters()
    )
    assert _weights(result.model) != _weights(settings.model)


def test_model_that_cannot_be_loaded_is_told_in_one_line(settings, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelUnusable, match="cannot be loaded as a language model") as caught:
        train(replace(settings, model=str(tmp_path / "empty"), out=tmp_path / "run"))
    assert "\n" not in str(caught.value)


def test_model_without_a_chat_template_is_refused(settings, tmp_path):
    directory = tiny_model(tmp_path / "model")
    (directory / "chat_template.jinja").unlink()
    with pytest.raises(ModelUnusable, match="has no chat template"):
        train(replace(settings, model=str(directory), out=tmp_path / "run"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"group_size": 5}, "group_size 5 does not divide batch_size 96: .* 95 or another"),
        ({"group_size": 128}, "group_size 128 does not divide batch_size 96: .* 128 or"),
        ({"group_size": 1}, "group_size is 1: give 2 or more"),
        ({"micro_batch_size": 7}, "micro_batch_size 7 does not divide batch_size 96"),
        ({"steps": 0}, "steps is 0: give 1 or more"),
        ({"temperature": 0.0}, "temperature is 0.0: give a number above 0"),
        ({"learning_rate": float("nan")}, "learning_rate is nan: give a number above 0"),
        ({"lora_rank": -1}, "lora_rank is -1: give 0 or more"),
        ({"seed": -1}, "seed is -1: give 0 to 4294967295"),
        ({"seed": 2**32}, "seed is 4294967296: give 0 to"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(settings, tmp_path, change, message):
    with pytest.raises(BadSettings, match=message) as caught:
        train(replace(settings, out=tmp_path / "run", **change))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_our_losses_are_those_of_trl():
    from trl.trainer.grpo_config import GRPOConfig

    told = GRPOConfig.__dataclass_fields__["loss_type"].metadata["help"]
    assert set(re.findall(r"(?:^|\s)'([a-z_]+)'(?:: | \()", told)) == set(LOSSES)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_takes_a_step_that_moves_the_policy(settings, tmp_path, loss):
    small = replace(
        settings, out=tmp_path, loss=loss, steps=1, group_size=4, batch_size=4,
        micro_batch_size=4, max_completion_tokens=2,
    )  # fmt: skip
    logs = _one_step(small, rewards=[1.0, 0.0, 0.0, 1.0])
    assert logs["grad_norm"] > 0


def test_scaling_of_rewards_is_as_told(settings, tmp_path):
    small = replace(
        settings, out=tmp_path, steps=1, group_size=4, batch_size=4, micro_batch_size=4,
        max_completion_tokens=4,
    )  # fmt: skip
    rewards = [1.0, 0.0, 0.0, 0.0]
    scaled = _one_step(small, rewards=rewards)["advantages"]
    assert scaled == pytest.approx([1.5, -0.5, -0.5, -0.5], abs=1e-3)
    plain = _one_step(replace(small, scale_rewards="none"), rewards=rewards)["advantages"]
    assert plain == pytest.approx([0.75, -0.25, -0.25, -0.25])


def test_a_constant_reward_stops_the_run_and_keeps_a_checkpoint(settings, write_export, tmp_path):
    small = replace(
        settings, out=tmp_path / "run", steps=4, group_size=2, batch_size=2, micro_batch_size=2,
        max_completion_tokens=2, constant_steps=2, save_steps=50,
        export=write_export(tmp_path / "export", ["123456789"]),
    )  # fmt: skip
    with pytest.raises(NothingLearnt, match=r"every reward of the last 2 steps was 0.*step 2 is"):
        train(small)
    assert not (small.out / "model").exists()
    checkpoint = last_checkpoint(small.out)
    assert checkpoint is not None
    assert checkpoint.step == 2


def test_every_number_of_a_step_is_an_event_for_tensorboard(settings, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    small = replace(
        settings, out=tmp_path / "run", steps=2, group_size=2, batch_size=2, micro_batch_size=2,
        max_completion_tokens=2, tensorboard=True,
    )  # fmt: skip
    rows = read_metrics(train(small).metrics)
    events = EventAccumulator(str(small.out / EVENTS)).Reload()
    told = [(event.step, event.value) for event in events.Scalars("entropy")]
    assert told == [(row.step, pytest.approx(row.entropy)) for row in rows]
    assert {"reward_mean", "zero_spread", "tokens_per_s", "loss"} <= set(events.Tags()["scalars"])


def test_event_files_without_tensorboard_are_refused(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(TrainingUnavailable, match="tensorboard is not installed: install assay"):
        EventFile(tmp_path, resumed_from=0)


@pytest.mark.parametrize("engine", ["colocate", "server"])
def test_vllm_without_a_gpu_is_refused(settings, tmp_path, engine):
    with pytest.raises(TrainingUnavailable, match=f"--vllm {engine} needs a CUDA GPU"):
        train(replace(settings, out=tmp_path / "run", vllm=engine))


def _one_step(settings, *, rewards):
    """The log of one step of TRL under our arguments, with rewards that are given in turn."""
    from datasets import Dataset
    from transformers import PrinterCallback
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.grpo_trainer import GRPOTrainer

    trainer = GRPOTrainer(
        model=settings.model,
        reward_funcs=lambda completions, **_: list(islice(cycle(rewards), len(completions))),
        train_dataset=Dataset.from_list([{"prompt": "a"}, {"prompt": "b"}]),
        args=GRPOConfig(
            **grpo_arguments(settings, cuda=False, bf16=False) | {"save_strategy": "no"}
        ),
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return trainer.state.log_history[0] | {"advantages": list(trainer._logs["advantages"])}


def _weights(directory):
    from pathlib import Path

    from safetensors.numpy import load_file

    tensors = load_file(Path(directory) / "model.safetensors")
    return {name: tensor.tobytes() for name, tensor in tensors.items()}
