"""Makes an environment of verifiers 0.1 out of an export, and the state of its first rollout."""

import asyncio
import json
import sys

import datasets

import verifiers as vf

rows = datasets.load_dataset("parquet", data_dir=sys.argv[1], cache_dir=sys.argv[2], split="train")
env = vf.SingleTurnEnv(dataset=rows, rubric=vf.Rubric(funcs=[lambda completion, answer: 0.0]))
ready = env.get_dataset()
client = vf.ClientConfig(api_base_url="http://127.0.0.1:9/v1", api_key_var="NONE")
state = asyncio.run(env.init_state(ready[0], client=client, model="none"))
print(
    json.dumps(
        {
            "n": len(ready),
            "prompt": [[one.role, one.content] for one in state["prompt"]],
            "answer": state["answer"],
            "problem_id": state["info"]["problem_id"],
            "example_id": state["example_id"],
        }
    )
)
