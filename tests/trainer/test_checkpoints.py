import pytest

from trainer.checkpoints import hold_to_settings, last_checkpoint
from trainer.errors import BadSettings


def _checkpoint(directory, step, state='{"global_step": 1}'):
    path = directory / f"checkpoint-{step}"
    path.mkdir()
    if state is not None:
        (path / "trainer_state.json").write_text(state)
    return path


def test_newest_checkpoint_is_found_by_its_number(tmp_path):
    _checkpoint(tmp_path, 9)
    newest = _checkpoint(tmp_path, 10)
    found = last_checkpoint(tmp_path)
    assert found is not None
    assert (found.path, found.step) == (newest, 10)


@pytest.mark.parametrize("state", [None, "", '{"global_step": 1'])
def test_checkpoint_whose_writing_was_interrupted_does_not_count(tmp_path, state):
    _checkpoint(tmp_path, 5)
    _checkpoint(tmp_path, 10, state)
    found = last_checkpoint(tmp_path)
    assert found is not None
    assert found.step == 5


def test_directory_without_checkpoints_has_none(tmp_path):
    (tmp_path / "checkpoint-best").mkdir()
    assert last_checkpoint(tmp_path) is None
    assert last_checkpoint(tmp_path / "missing") is None


def test_resumed_run_is_held_to_its_settings(tmp_path):
    hold_to_settings(tmp_path, {"seed": 0, "learning_rate": 1e-6}, resuming=False)
    hold_to_settings(tmp_path, {"seed": 0, "learning_rate": 1e-6}, resuming=True)
    with pytest.raises(BadSettings, match=r"learning_rate 1e-06, not 0\.1") as caught:
        hold_to_settings(tmp_path, {"seed": 0, "learning_rate": 0.1}, resuming=True)
    assert "\n" not in str(caught.value)


def test_checkpoints_of_another_program_are_not_continued(tmp_path):
    with pytest.raises(BadSettings, match=r"no settings\.json"):
        hold_to_settings(tmp_path, {"seed": 0}, resuming=True)
    assert not (tmp_path / "settings.json").exists()


def test_new_run_may_have_other_settings_than_one_that_left_no_checkpoint(tmp_path):
    hold_to_settings(tmp_path, {"seed": 0}, resuming=False)
    hold_to_settings(tmp_path, {"seed": 1}, resuming=False)
    hold_to_settings(tmp_path, {"seed": 1}, resuming=True)
