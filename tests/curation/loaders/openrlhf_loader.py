"""Opens exports with OpenRLHF's own datasets: prompts for RL, chats for SFT, pairs for DPO."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

from openrlhf.datasets import RewardDataset, SFTDataset
from openrlhf.datasets.prompts_dataset import PromptDataset
from openrlhf.datasets.utils import blending_datasets
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

CHAT = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"

words = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
words.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=words, eos_token="[UNK]", pad_token="[UNK]", chat_template=CHAT
)


def strategy(**keys: object) -> SimpleNamespace:
    options = SimpleNamespace(apply_chat_template=True, **keys)
    return SimpleNamespace(
        args=SimpleNamespace(data=options, use_ms=False),
        is_rank_0=lambda: False,
        print=lambda *_: None,
    )


exports = Path(sys.argv[1])
asking = strategy(input_key="prompt", label_key="label")
prompts = PromptDataset(
    blending_datasets(str(exports / "openrlhf"), None, asking), tokenizer, asking
)
telling = strategy(input_key="messages")
chats = SFTDataset(
    blending_datasets(str(exports / "sft"), None, telling),
    tokenizer,
    512,
    telling,
    num_processors=1,
)
comparing = strategy(prompt_key="prompt", chosen_key="chosen", rejected_key="rejected")
pairs = RewardDataset(
    blending_datasets(str(exports / "dpo"), None, comparing),
    tokenizer,
    512,
    comparing,
    is_dpo=True,
    num_processors=1,
)
source, prompt, label, _images = prompts[0]
print(
    json.dumps(
        {
            "n": [len(prompts), len(chats), len(pairs)],
            "source": source,
            "prompt": prompt,
            "label": label,
            "response": chats.responses[0],
            "chosen": pairs.chosens[0],
            "rejected": pairs.rejects[0],
        }
    )
)
