import pytest

from trainer.errors import TrainingUnavailable
from trainer.processes import check_launch, gathered, grading_workers, is_main, n_processes


def test_what_nothing_launched_is_one_process():
    assert (n_processes(), is_main(), gathered([3])) == (1, True, [3])
    assert grading_workers(None) is None
    check_launch(1)


def test_several_gpus_want_as_many_processes(monkeypatch):
    with pytest.raises(TrainingUnavailable, match=r"4 GPUs .* `accelerate launch -m gen \.\.\.`"):
        check_launch(4)
    monkeypatch.setenv("WORLD_SIZE", "4")
    check_launch(4)


def test_launched_processes_share_the_cores_for_grading(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 16)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    assert (grading_workers(None), grading_workers(2)) == (4, 2)


@pytest.mark.parametrize("variable", ["ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED"])
def test_weights_cut_in_pieces_are_refused(monkeypatch, variable):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv(variable, "true")
    with pytest.raises(TrainingUnavailable, match="every process must hold the whole model"):
        check_launch(2)
