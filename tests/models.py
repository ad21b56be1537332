"""A model small enough to be made on the spot: random weights, a byte-level tokenizer, a template.

    directory = tiny_model(tmp_path)
    AutoModelForCausalLM.from_pretrained(directory)    # Llama, 2 layers, 0.1 M parameters
    AutoTokenizer.from_pretrained(directory)           # a token a byte, <|im_start|>, <|im_end|>

It says nothing sensible, but loads wherever a real model does: transformers, TRL and vLLM.

    teach(directory, [("What is 2 + 3?", "5"), ...])   # in seconds: it answers alike, a few rightly
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tiny_model(directory: Path, *, seed: int = 0, thinks: bool = False) -> Path:
    """Write a random Llama and its tokenizer to `directory`; the same seed, the same model.

    Where it `thinks`, <think> and </think> are tokens and the template opens a thought.
    """
    import torch
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    tokenizer = _byte_tokenizer()
    if thinks:
        tokenizer.add_tokens(["<think>", "</think>"])
        tokenizer.chat_template = CHAT_TEMPLATE.replace("assistant\n", "assistant\n<think>\n")
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig.from_model_config(config)
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    return Path(directory)


def teach(directory: Path, answers: Sequence[tuple[str, str]], *, steps: int = 50) -> None:
    """Have a tiny model imitate the answers to prompts, and write it where it was."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(directory, padding_side="left")
    model: Any = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    texts = []
    for prompt, answer in answers:
        chat = [{"role": "user", "content": prompt}]
        asked = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        texts.append(asked + answer + tokenizer.eos_token)
    batch = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
    # A token a byte, padded on the left: the answers stand at the end.
    labels = torch.full_like(batch["input_ids"], -100)
    for row, (_, answer) in enumerate(answers):
        n_tokens = len(answer.encode()) + 1
        labels[row, -n_tokens:] = batch["input_ids"][row, -n_tokens:]
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)  # more wait for each other longer than they compute
    for _ in range(steps):
        model(**batch, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    torch.set_num_threads(n_threads)
    model.save_pretrained(directory)


def _byte_tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = [*SPECIAL_TOKENS, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(
        models.BPE(vocab={token: number for number, token in enumerate(vocabulary)}, merges=[])
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(SPECIAL_TOKENS))
    end_of_text, _, end_of_turn = SPECIAL_TOKENS
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=end_of_text,
        eos_token=end_of_turn,
        pad_token=end_of_text,
        model_max_length=2048,
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast
