"""The policy of the proof on the CPU: a transformer of a million parameters, and its tokens.

    policy = Small.new(Vocabulary.of(prompts), seed=0)
    policy.answer("\\\\boxed{15}")      ->  [4, 81, 22, 83, 1]

Tokens are words, signs, and the digits of a number from its end, as one calculates on paper. The
model is of the Llama kind: with turned positions it had after 200 steps of the warm-up what a
GPT-2 of its size had after 1,200.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import torch
from torch.nn.functional import pad
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM

from benchmarks.selection.policy import Completion, Ids

TOKEN = re.compile(r"\\boxed{|\\[a-z]+|[A-Za-z]+|\S")
NUMBER = re.compile(r"\d+")
PAD, END, ANSWER = 0, 1, 2
SPECIAL = ("<pad>", "<end>", "<answer>")

LONGEST_ANSWER = 20
"""Tokens at which a completion is cut."""

AT_ONCE = 512
"""Sequences in one forward pass without gradients."""

SIZE: dict[str, int] = {
    "hidden_size": 128,
    "intermediate_size": 512,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
}


class Vocabulary:
    """Numbers for tokens: printable ASCII and the words that were seen."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = list(tokens)
        self._numbers = {token: number for number, token in enumerate(self.tokens)}

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Learn the words of some texts."""
        seen = {token for text in texts for token in TOKEN.findall(text)}
        known = {chr(code) for code in range(33, 127)}
        return cls([*SPECIAL, *sorted(seen | known)])

    def ids(self, text: str) -> list[int]:
        """Encode a text; a word never seen is spelled."""
        found = []
        for token in TOKEN.findall(_turned(text)):
            found += [self._numbers[t] for t in ([token] if token in self._numbers else token)]
        return found

    def text(self, ids: Iterable[int]) -> str:
        """Decode an answer: no token in it needs a space before it."""
        return _turned("".join(self.tokens[number] for number in ids if number >= len(SPECIAL)))


class Small:
    """A model with its vocabulary."""

    def __init__(self, model: Any, vocabulary: Vocabulary) -> None:
        self.model = model
        self.vocabulary = vocabulary

    @classmethod
    def new(cls, vocabulary: Vocabulary, *, seed: int, **size: int) -> Self:
        """One that knows nothing yet."""
        torch.manual_seed(seed)
        config = LlamaConfig(
            vocab_size=len(vocabulary.tokens),
            max_position_embeddings=128,
            initializer_range=0.05,
            tie_word_embeddings=True,
            pad_token_id=None,
            bos_token_id=ANSWER,
            eos_token_id=END,
            **(SIZE | size),  # pyright: ignore[reportArgumentType]
        )
        return cls(LlamaForCausalLM(config), vocabulary)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The policy that `save` wrote."""
        kept = torch.load(path)
        policy = cls.new(Vocabulary(kept["tokens"]), seed=0, **kept["size"])
        policy.model.load_state_dict(kept["weights"])
        return policy

    def save(self, path: Path) -> None:
        """Write weights and vocabulary to one file, whole or not at all."""
        partial = path.with_suffix(".partial")
        kept = {
            "tokens": self.vocabulary.tokens,
            "size": {name: getattr(self.model.config, name) for name in SIZE},
            "weights": self.model.state_dict(),
        }
        torch.save(kept, partial)
        partial.replace(path)

    @property
    def n_parameters(self) -> int:
        return sum(weight.numel() for weight in self.model.parameters())

    def asked(self, prompt: str) -> Ids:
        """The tokens after which the answer begins."""
        return [*self.vocabulary.ids(prompt), ANSWER]

    def answer(self, text: str) -> Ids:
        """The tokens of an answer, its end among them."""
        return [*self.vocabulary.ids(text), END]

    @torch.no_grad()
    def sample(
        self, prompts: Sequence[str], *, n: int, generator: torch.Generator, greedy: bool = False
    ) -> list[list[Completion]]:
        """`n` completions of each prompt at temperature 1, or the likeliest token at each place."""
        asked = [self.asked(prompt) for prompt in prompts]
        order = sorted(range(len(asked)), key=lambda i: len(asked[i]))
        found: list[list[Completion]] = [[] for _ in asked]
        step = max(1, AT_ONCE // n)
        for start in range(0, len(order), step):
            places = order[start : start + step]
            rows = self._sample([asked[i] for i in places], n, generator, greedy=greedy)
            for place, row in enumerate(rows):
                found[places[place // n]].append(self._completion(row))
        return found

    def _sample(
        self, asked: list[list[int]], n: int, generator: torch.Generator, *, greedy: bool
    ) -> list[list[int]]:
        ids, mask = _padded(asked)
        cache = DynamicCache()
        logits = self._next(ids, mask, cache)
        cache.batch_repeat_interleave(n)
        logits, mask = logits.repeat_interleave(n, 0), mask.repeat_interleave(n, 0)
        sampled, open_ = [], torch.ones(len(logits), dtype=torch.bool)
        while True:
            chances = logits.softmax(-1)
            token = chances.argmax(-1) if greedy else _drawn(chances, generator)
            token = torch.where(open_, token, PAD)
            sampled.append(token)
            open_ = open_ & token.ne(END)
            if not open_.any() or len(sampled) == LONGEST_ANSWER:
                return torch.stack(sampled, 1).tolist()
            mask = pad(mask, (0, 1), value=1)
            logits = self._next(token[:, None], mask, cache)

    def _next(self, ids: torch.Tensor, mask: torch.Tensor, cache: DynamicCache) -> torch.Tensor:
        places = (mask.cumsum(-1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        out = self.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=places,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return out.logits[:, -1]

    def _completion(self, row: list[int]) -> Completion:
        ids = row[: row.index(END) + 1] if END in row else [token for token in row if token != PAD]
        return Completion(ids, self.vocabulary.text(ids), END in row)

    def log_chances(self, asked: Sequence[list[int]], answers: Sequence[list[int]]) -> torch.Tensor:
        """Log-probabilities of each answer's tokens, a row an answer, 0 beyond its end."""
        rows = [one + two for one, two in zip(asked, answers, strict=True)]
        longest = max(map(len, rows))
        ids = torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])
        logits = self.model(input_ids=ids[:, :-1], use_cache=False).logits
        chances = logits.log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
        places = torch.arange(1, longest)
        first = torch.tensor([len(one) for one in asked])[:, None]
        last = torch.tensor([len(row) for row in rows])[:, None]
        return chances * ((places >= first) & (places < last))

    @torch.no_grad()
    def chances(self, prompts: Sequence[str], answers: Sequence[str]) -> torch.Tensor:
        """How likely the policy is to give each prompt just this answer, and to end there."""
        asked = [self.asked(prompt) for prompt in prompts]
        told = [self.answer(answer) for answer in answers]
        order = sorted(range(len(asked)), key=lambda i: len(asked[i]) + len(told[i]))
        found = torch.empty(len(asked))
        for start in range(0, len(order), AT_ONCE):
            places = order[start : start + AT_ONCE]
            rows = self.log_chances([asked[i] for i in places], [told[i] for i in places])
            found[places] = rows.sum(-1).exp()
        return found

    @torch.no_grad()
    def certainties(self, prompts: Sequence[str], opening: str) -> torch.Tensor:
        """Log chance of the likeliest token after each prompt and the opening of an answer."""
        opened = self.vocabulary.ids(opening)
        asked = [self.asked(prompt) + opened for prompt in prompts]
        order = sorted(range(len(asked)), key=lambda i: len(asked[i]))
        found = torch.empty(len(asked))
        for start in range(0, len(order), AT_ONCE):
            places = order[start : start + AT_ONCE]
            ids, mask = _padded([asked[i] for i in places])
            logits = self._next(ids, mask, DynamicCache())
            found[places] = logits.log_softmax(-1).amax(-1)
        return found

    def optimizer(self, rate: float, *, weight_decay: float) -> torch.optim.Optimizer:
        """One whose steps change this policy."""
        return torch.optim.AdamW(self.model.parameters(), lr=rate, weight_decay=weight_decay)

    def backward(
        self,
        asked: Sequence[Ids],
        answers: Sequence[Sequence[Ids]],
        weights: Sequence[Sequence[float]],
        *,
        divisor: int,
    ) -> None:
        """Give the parameters the gradient of -sum(weight * log chance of the answer) / divisor."""
        repeated = [one for one, row in zip(asked, answers, strict=True) for _ in row]
        chances = self.log_chances(repeated, [ids for row in answers for ids in row])
        weighed = torch.tensor(weights).flatten()[:, None] * chances
        (-weighed.sum() / divisor).backward()


def _padded(asked: list[Ids]) -> tuple[torch.Tensor, torch.Tensor]:
    """Prompts that end together, and where they are."""
    longest = max(map(len, asked))
    ids = torch.tensor([[PAD] * (longest - len(row)) + row for row in asked])
    return ids, ids.ne(PAD).long()


def _turned(text: str) -> str:
    return NUMBER.sub(lambda number: number[0][::-1], text)


def _drawn(chances: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return torch.multinomial(chances, 1, generator=generator)[:, 0]
