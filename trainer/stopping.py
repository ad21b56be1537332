"""Says when a run had better stop: rewards without spread give no gradient, however many they are.

reason_to_stop(last_ten_rows, temperature=1.0)
->  None, or "every reward of the last 10 steps was 0, so nothing was learnt: choose easier problems
    with `gen select`; ..."
"""

from collections.abc import Sequence
from statistics import fmean

from trainer.metrics import StepMetrics, constant_reward

OFTEN_TRUNCATED = 0.5


def reason_to_stop(rows: Sequence[StepMetrics], *, temperature: float) -> str | None:
    """One sentence for a run whose last steps `rows` are, None where they have any spread."""
    reward = constant_reward(rows)
    if reward is not None:
        what = f"every reward of the last {len(rows)} steps was {reward:g}, so nothing was learnt"
        advice = _advice(rows, reward, temperature)
    elif all(row.reward_mean is None for row in rows):
        what = f"no verifier could judge any completion of the last {len(rows)} steps"
        advice = "`gen verify` tells their reasons; mend or leave out these problems"
    else:
        return None
    return (
        f"{what}: {advice}; the checkpoint of step {rows[-1].step} is kept, and the same command "
        "goes on from it"
    )


def _advice(rows: Sequence[StepMetrics], reward: float, temperature: float) -> str:
    truncated = fmean(row.truncated for row in rows)
    if reward < 1 and truncated > OFTEN_TRUNCATED:
        return (
            f"{truncated:.0%} of the completions were cut off, so raise --max-tokens, or choose "
            "other problems with `gen select`"
        )
    if reward in (0, 1):
        kind = "easier" if reward == 0 else "harder"
        return f"choose {kind} problems with `gen score` and `gen select`"
    return (
        "choose other problems with `gen score` and `gen select`, or raise --temperature "
        f"(now {temperature:g})"
    )
