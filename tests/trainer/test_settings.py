from dataclasses import replace
from pathlib import Path

import pytest

from trainer import TrainSettings, check_settings
from trainer.errors import BadSettings
from trainer.settings import LOSSES, grpo_arguments

SETTINGS = TrainSettings(export=Path("export"), model="m", out=Path("run"))


def arguments(**change):
    return grpo_arguments(replace(SETTINGS, **change), cuda=False, bf16=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss": "ppo"}, "loss is 'ppo': give one of dapo, grpo, dr_grpo"),
        ({"scale_rewards": "std"}, "scale_rewards is 'std': give one of group, batch, none"),
        ({"vllm": "yes"}, "vllm is 'yes': give one of colocate, server"),
        ({"vllm": "server", "vllm_url": "gpu7:8000"}, "vllm_url is 'gpu7:8000': give one like"),
        ({"constant_steps": 0}, "constant_steps is 0: give 1 or more"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(change, message):
    with pytest.raises(BadSettings, match=message) as caught:
        check_settings(replace(SETTINGS, **change))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_scaled_as_its_paper_says_unless_told_otherwise(loss):
    check_settings(replace(SETTINGS, loss=loss))
    assert arguments(loss=loss)["loss_type"] == loss
    assert arguments(loss=loss).get("scale_rewards") == ("none" if loss == "dr_grpo" else None)
    assert arguments(loss=loss, scale_rewards="batch")["scale_rewards"] == "batch"


def test_vllm_is_asked_for_only_where_it_is_wanted():
    assert not {name for name in arguments() if "vllm" in name}
    colocated = arguments(vllm="colocate")
    assert (colocated["use_vllm"], colocated["vllm_mode"]) == (True, "colocate")
    assert "vllm_server_base_url" not in colocated
    served = arguments(vllm="server", vllm_url="http://gpu7:8000")
    assert (served["vllm_mode"], served["vllm_server_base_url"]) == ("server", "http://gpu7:8000")


def test_processes_share_a_step(monkeypatch):
    whole = arguments(batch_size=32)
    assert whole["per_device_train_batch_size"] * whole["gradient_accumulation_steps"] == 32
    monkeypatch.setenv("WORLD_SIZE", "4")
    check_settings(replace(SETTINGS, batch_size=32, micro_batch_size=4))
    share = arguments(batch_size=32, micro_batch_size=4)
    assert share["per_device_train_batch_size"] == 4
    assert share["gradient_accumulation_steps"] == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch_size": 32, "group_size": 8}, "shared by 3 processes: give a multiple of 24"),
        (
            {"batch_size": 24, "micro_batch_size": 5},
            "5 does not divide batch_size 24 / 3 processes: give one of 1, 2, 4, 8",
        ),
    ],
)
def test_a_step_that_processes_cannot_share_is_refused(monkeypatch, change, message):
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(BadSettings, match=message):
        check_settings(replace(SETTINGS, **change))
