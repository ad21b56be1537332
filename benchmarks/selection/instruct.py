"""The policy of the proof on a GPU: SmolLM2-135M-Instruct, or any chat model of the Llama kind.

    policy = Instruct.load(Path("~/.cache/assay/smollm2-135m-1"), Machine("cuda"))
    policy.answer("\\\\boxed{5}")      ->  [76, 8377, 290, 107, 37, 109, 2]

A prompt is laid out by the model's chat template; a response is the answer alone. On a GPU the
model computes in bfloat16, and a float32 copy of its weights is what the optimizer changes.
"""

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from benchmarks.selection.llama import LONGEST_ANSWER, PROMPT, ROOM, Captured, Llama, Tensors
from benchmarks.selection.policy import Completion, Ids, Machine
from verifiers.errors import BadInput

AT_ONCE = 512
"""Answers sampled in one pass."""

JUDGED_AT_ONCE = 128
"""Answers whose chances are taken in one pass."""

FEWEST = 4
"""Prompts in a pass at the least, so that few shapes occur."""


class Instruct:
    """A model with its tokenizer."""

    def __init__(self, model: Any, tokenizer: Any, machine: Machine) -> None:
        on_gpu = machine.device.startswith("cuda")
        self._device = torch.device(machine.device)
        self.model = model.to(self._device, torch.bfloat16 if on_gpu else torch.float32).eval()
        self.tokenizer = tokenizer
        self._llama = Llama(self.model)
        self._weights = [weight.detach() for weight in self.model.parameters()]
        self._masters = [weight.float().clone().requires_grad_() for weight in self._weights]
        self._end: int = tokenizer.eos_token_id
        self._asked: dict[str, Ids] = {}
        self._captured: dict[Any, Captured] | None = {} if on_gpu and machine.graphs else None
        if on_gpu:
            # Products of bfloat16 are exact in TF32; cuDNN's attention plans anew for each shape.
            torch.set_float32_matmul_precision("high")
            torch.backends.cuda.enable_cudnn_sdp(False)
            self._pool = torch.cuda.graph_pool_handle()

    @classmethod
    def load(cls, path: Path, machine: Machine) -> Self:
        """The model and tokenizer of a directory, such as `save` writes."""
        if not (path / "config.json").exists():
            raise BadInput(f"{path} holds no model: name a directory with a config.json (--model)")
        disable_progress_bar()
        model: Any = AutoModelForCausalLM.from_pretrained(path)
        if model.config.model_type != "llama":
            raise BadInput(f"{path} is a {model.config.model_type}: name a model of the Llama kind")
        return cls(model, AutoTokenizer.from_pretrained(path), machine)

    def save(self, path: Path) -> None:
        """Write weights and tokenizer to a directory, whole or not at all."""
        partial_path = path.with_suffix(".partial")
        shutil.rmtree(partial_path, ignore_errors=True)
        self.model.save_pretrained(partial_path)
        self.tokenizer.save_pretrained(partial_path)
        partial_path.rename(path)

    @property
    def n_parameters(self) -> int:
        return sum(weight.numel() for weight in self._weights)

    def asked(self, prompt: str) -> Ids:
        """The tokens after which the answer begins."""
        if prompt not in self._asked:
            ids = self.tokenizer.apply_chat_template(
                [{"role": "user", "content": prompt}],
                add_generation_prompt=True,
                return_dict=False,
            )
            if len(ids) > PROMPT:
                raise BadInput(f"{len(ids)} tokens, at most {PROMPT} have room: {prompt!r}")
            self._asked[prompt] = ids
        return self._asked[prompt]

    def answer(self, text: str) -> Ids:
        """The tokens of an answer, its end among them."""
        return [*self.tokenizer.encode(text, add_special_tokens=False), self._end]

    @torch.no_grad()
    def sample(
        self, prompts: Sequence[str], *, n: int, generator: torch.Generator, greedy: bool = False
    ) -> list[list[Completion]]:
        """`n` completions of each prompt at temperature 1, or the likeliest token at each place."""
        function = partial(self._llama.sample, greedy=greedy)
        asked = [self.asked(prompt) for prompt in prompts]
        found: list[list[Completion]] = []
        size = min(AT_ONCE // n, _rounded(len(asked)))
        for start in range(0, len(asked), size):
            chunk = asked[start : start + size]
            draws = torch.rand((size, n, LONGEST_ANSWER), generator=generator)
            sampled = self._run(f"sample, {greedy}", function, *_prompts(chunk, size), draws)
            found += [[self._completion(ids) for ids in row] for row in sampled.tolist()]
        return found[: len(asked)]

    @torch.no_grad()
    def chances(self, prompts: Sequence[str], answers: Sequence[str]) -> torch.Tensor:
        """How likely the policy is to give each prompt just this answer, and to end there."""
        asked = [self.asked(prompt) for prompt in prompts]
        told = [[self.answer(answer)] for answer in answers]
        found = []
        for start in range(0, len(asked), JUDGED_AT_ONCE):
            places = slice(start, start + JUDGED_AT_ONCE)
            inputs = _laid_out(asked[places], told[places], JUDGED_AT_ONCE)
            found += self._run("chances", self._llama.log_chances, *inputs).exp()[:, 0].tolist()
        return torch.tensor(found[: len(asked)])

    @torch.no_grad()
    def certainties(self, prompts: Sequence[str], opening: str) -> torch.Tensor:
        """Log chance of the likeliest token after each prompt and the opening of an answer."""
        opened = self.tokenizer.encode(opening, add_special_tokens=False)
        asked = [self.asked(prompt) + opened for prompt in prompts]
        found = []
        for start in range(0, len(asked), JUDGED_AT_ONCE):
            inputs = _prompts(asked[start : start + JUDGED_AT_ONCE], JUDGED_AT_ONCE)
            found += self._run("certainties", self._llama.certainties, *inputs).tolist()
        return torch.tensor(found[: len(asked)])

    def optimizer(self, rate: float, *, weight_decay: float) -> torch.optim.Optimizer:
        """AdamW on the float32 weights; each step brings those that compute up to date."""
        optimizer = torch.optim.AdamW(
            self._masters, lr=rate, weight_decay=weight_decay, fused=self._device.type == "cuda"
        )
        weights, masters = self._weights, [master.detach() for master in self._masters]

        def bring_up_to_date(*_: Any) -> None:
            torch._foreach_copy_(weights, masters)  # pyright: ignore[reportPrivateImportUsage]

        optimizer.register_step_post_hook(bring_up_to_date)
        return optimizer

    def backward(
        self,
        asked: Sequence[Ids],
        answers: Sequence[Sequence[Ids]],
        weights: Sequence[Sequence[float]],
        *,
        divisor: int,
    ) -> None:
        """Give the parameters the gradient of -sum(weight * log chance of the answer) / divisor."""
        size = _rounded(len(asked))
        weighed = torch.zeros(size, len(weights[0]))
        weighed[: len(weights)] = torch.tensor(weights) / divisor
        inputs = _laid_out(asked, answers, size)
        found = self._run("gradients", self._llama.gradients, *inputs, weighed)
        for master, gradient in zip(self._masters, found, strict=True):
            master.grad = gradient

    def _run(self, name: str, function: Callable[..., Any], *inputs: torch.Tensor) -> Any:
        """Call, or replay what was captured of the same name in the same shapes."""
        moved = tuple(one.to(self._device, non_blocking=True) for one in inputs)
        if self._captured is None:
            return function(*moved)
        key = name, tuple(one.shape for one in moved)
        if key not in self._captured:
            self._captured[key] = Captured(function, moved, self._pool)
        return self._captured[key](*moved)

    def _completion(self, ids: Ids) -> Completion:
        ended = self._end in ids
        ids = ids[: ids.index(self._end) + 1] if ended else ids
        text = self.tokenizer.decode(ids[:-1] if ended else ids)
        return Completion(ids, text, ended)


def _rounded(n: int) -> int:
    return max(FEWEST, 1 << (n - 1).bit_length())


def _prompts(asked: Sequence[Ids], size: int) -> Tensors:
    """Prompts [size, PROMPT], the last one repeated, and their lengths."""
    rows = [*asked, *[asked[-1]] * (size - len(asked))]
    ids = torch.tensor([[0] * (PROMPT - len(row)) + row for row in rows])
    return ids, torch.tensor([len(row) for row in rows])


def _laid_out(asked: Sequence[Ids], answers: Sequence[Sequence[Ids]], size: int) -> Tensors:
    """Prompts and lengths, answers [size, n, ROOM] and their lengths."""
    told = [*answers, *[answers[-1]] * (size - len(answers))]
    longest = max(len(ids) for row in told for ids in row)
    if longest > ROOM:
        raise BadInput(f"an answer of {longest} tokens: at most {ROOM} have room")
    ids = torch.tensor([[one + [0] * (ROOM - len(one)) for one in row] for row in told])
    widths = torch.tensor([[len(one) for one in row] for row in told])
    return *_prompts(asked, size), ids, widths
