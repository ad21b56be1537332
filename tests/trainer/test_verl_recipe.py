"""recipes/verl/grpo.sh up to the door of verl; tests/verifiers/test_server.py has its reward."""

import os
import subprocess
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "recipes/verl/grpo.sh"
STANDS_IN_FOR_PYTHON = '#!/bin/sh\nprintf "%s\\n" "$@"\necho "RAY_ADDRESS=$RAY_ADDRESS"\n'


@pytest.fixture
def exported(tmp_path):
    data = tmp_path / "export/data"
    data.mkdir(parents=True)
    for name in ("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"):
        (data / f"{name}.parquet").touch()
    return data.parent


def settings(directory, *arguments, **environment):
    """What the recipe asks of verl: (module, {key: value})."""
    python = directory / "python"
    python.write_text(STANDS_IN_FOR_PYTHON)
    python.chmod(0o755)
    done = subprocess.run(
        [RECIPE, *arguments],
        cwd=directory,
        env=os.environ | {"PYTHON": str(python)} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    _, module, *pairs = done.stdout.splitlines()
    return module, dict(pair.partition("=")[::2] for pair in pairs)


def test_the_recipe_hands_verl_our_files_and_our_reward(exported, tmp_path):
    module, told = settings(
        tmp_path, exported, "Qwen/Qwen2.5-0.5B-Instruct", "run", "trainer.save_freq=7", NODES="4"
    )
    assert module == "verl.trainer.main_ppo"
    for split in ("train", "test"):
        key = {"train": "data.train_files", "test": "data.val_files"}[split]
        files = told[key].strip("[]").replace("'", "").split(",")
        assert files == [str(file) for file in sorted((exported / "data").glob(f"{split}-*"))]
    assert told["trainer.nnodes"] == "4"
    assert told["trainer.save_freq"] == "7"
    assert told["trainer.default_local_dir"] == str(tmp_path / "run")
    assert told["data.train_batch_size"] == told["actor_rollout_ref.actor.ppo_mini_batch_size"]
    assert told["RAY_ADDRESS"] == "auto"
    assert callable(_reward_function(told))


def test_an_export_without_a_test_split_is_not_validated_on(exported, tmp_path):
    (exported / "data/test-00000-of-00001.parquet").unlink()
    _, told = settings(tmp_path, exported, "m", "run")
    assert told["data.val_files"] == told["data.train_files"]
    assert told["trainer.test_freq"] == "-1"


def test_the_recipe_refuses_what_holds_no_problems(tmp_path):
    (tmp_path / "data").mkdir()
    done = subprocess.run(
        [RECIPE, tmp_path, "m", "run"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "holds no train-*.parquet: export with --format verl" in done.stderr


def _reward_function(told):
    """The function that verl would load: by the path of its file and its name."""
    spec = spec_from_file_location("reward", told["reward.custom_reward_function.path"])
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, told["reward.custom_reward_function.name"])
