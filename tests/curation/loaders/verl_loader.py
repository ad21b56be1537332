"""Opens an export with verl's own dataset, and says what its first row became."""

import json
import sys

from omegaconf import OmegaConf
from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn

path = sys.argv[1]
config = OmegaConf.create({"filter_overlong_prompts": False, "cache_dir": sys.argv[2]})
rows = RLHFDataset(data_files=[path], tokenizer=None, config=config)
batch = collate_fn([rows[0], rows[1]])
print(
    json.dumps(
        {
            "n": len(rows),
            "prompt": rows[0]["raw_prompt"],
            "index": batch["index"].tolist(),
            "ground_truth": batch["reward_model"][0]["ground_truth"],
            "data_source": batch["data_source"][0],
        }
    )
)
