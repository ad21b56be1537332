"""verl's custom reward function, over an Assay reward server; needs the standard library alone.

    reward.custom_reward_function.path=docs/clients/verl_reward.py
    reward.custom_reward_function.name=compute_score              # or compute_score_batch
    +reward.custom_reward_function.reward_kwargs.url=http://127.0.0.1:8000

`extra_info` may name `verifier`, `params` and `prompt`, as in a row of `gen grade`. A server that
wants a token is given the one in the environment variable ASSAY_TOKEN.

An undecided verdict is no 0: it raises Undecided, and so ends the run, unless `reward_kwargs` say
what stands in for it (`undecided=0.0`). Each score has `acc` and `undecided` beside it, which verl
logs, so that it shows how many there were.
"""

import json
import os
import random
import time
import urllib.error
import urllib.request

ITEMS_AT_ONCE = 256
TRY_AGAIN = (429, 502, 503, 504)


class Undecided(RuntimeError):
    """The verifier could not judge an answer, and nobody said what its score shall be."""


def compute_score(data_source, solution_str, ground_truth, extra_info=None, **options):
    """Score one response, as verl's naive and dapo reward managers ask for it."""
    (score,) = compute_score_batch(
        [data_source], [solution_str], [ground_truth], [extra_info], **options
    )
    return score


def compute_score_batch(
    data_sources,
    solution_strs,
    ground_truths,
    extra_infos,
    *,
    url=None,
    verifier=None,
    undecided=None,
    patience_s=600.0,
    **others,
):
    """Score a batch, as verl's batch reward manager asks for it.

    `patience_s` is how many seconds a busy or absent server is waited for. `others` are what verl
    passes besides, such as the address of a reward model's router.
    """
    rows = [
        {
            "id": source,
            "ground_truth": truth,
            "completion": solution,
            **{
                name: info[name]
                for info in [extra_info or {}]
                for name in ("verifier", "params", "prompt")
                if info.get(name) is not None
            },
        }
        for source, solution, truth, extra_info in zip(
            data_sources, solution_strs, ground_truths, extra_infos, strict=True
        )
    ]
    address = (url or os.environ.get("ASSAY_URL", "http://127.0.0.1:8000")).rstrip("/")
    scores = []
    for start in range(0, len(rows), ITEMS_AT_ONCE):
        call = {"items": rows[start : start + ITEMS_AT_ONCE]}
        if verifier is not None:
            call["verifier"] = verifier
        answer = post(f"{address}/v1/verdicts", call, patience_s=patience_s)
        scores.extend(_score(verdict, undecided) for verdict in answer["verdicts"])
    return scores


def post(url, call, *, patience_s):
    """POST an object as JSON and give the answer; waits while the server is busy or absent."""
    headers = {"Content-Type": "application/json"}
    if token := os.environ.get("ASSAY_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, json.dumps(call).encode(), headers)
    deadline = time.monotonic() + patience_s
    wait_s = 0.25
    while True:
        try:
            with urllib.request.urlopen(request, timeout=patience_s) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            told = error.read().decode(errors="replace")
            if error.code not in TRY_AGAIN or time.monotonic() > deadline:
                raise RuntimeError(f"{url}: {error.code}: {told}") from None
            asked_s = error.headers.get("Retry-After", "")
            least_s = float(asked_s) if asked_s.isdecimal() else 0.0
        except (urllib.error.URLError, ConnectionError) as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{url}: {error}") from None
            least_s = 0.0
        # Clients that were refused together must not come back together.
        time.sleep(max(least_s, wait_s) * random.uniform(1.0, 1.5))
        wait_s = min(2 * wait_s, 15.0)


def _score(verdict, undecided):
    reward = verdict["reward"]
    if reward is None:
        if undecided is None:
            raise Undecided(
                f"{verdict['reason']}: mend or leave out this problem ({verdict['id']}), or set "
                "reward_kwargs.undecided to the score that shall stand in for an undecided verdict"
            )
        reward = undecided
    return {
        "score": float(reward),
        "acc": float(verdict["correct"] is True),
        "undecided": float(verdict["reward"] is None),
    }
