"""Reads an export as NeMo Gym reads the rows that it sends to its agents."""

import json
import sys
from pathlib import Path

from nemo_gym.base_resources_server import BaseRunRequest
from pydantic import ConfigDict


class RunRequest(BaseRunRequest):
    model_config = ConfigDict(extra="allow")


lines = Path(sys.argv[1]).read_text().splitlines()
rows = [RunRequest.model_validate_json(line) for line in lines]
print(
    json.dumps(
        {
            "n": len(rows),
            "prompt": [[one.role, one.content] for one in rows[0].responses_create_params.input],
            "ground_truth": rows[0].verifier_metadata["ground_truth"],
        }
    )
)
