"""A model of the Llama kind in fixed shapes, a prompt and its answers in one row, as a tree.

    llama = Llama(model)                                     # LlamaForCausalLM of `transformers`
    llama.sample(prompts, lengths, draws, greedy=False)      ->  [8 prompts, 8 answers, 14] tokens
    llama.log_chances(prompts, lengths, answers, widths)     ->  [8, 8] of whole answers

    | pad | prompt ... | answer 0, padded to ROOM | answer 1 | ... |

Every answer sees the prompt and itself, so that a prompt is computed once for its group. Shapes
depend on nothing that is in the tensors, and nothing is read back before the end: a whole step can
be replayed as one CUDA graph (`Captured`). A small model waits for the launches of its kernels
otherwise: some 2,000 in a step of training, 10,000 in one of sampling.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

PROMPT = 72
"""Places for a prompt."""

ROOM = 16
"""Places for an answer."""

LONGEST_ANSWER = 14
"""Tokens at which a completion is cut: the right answers have 13 at most."""

Tensors = tuple[torch.Tensor, ...]


class Llama:
    """The functions of a model; `prompts` are [B, PROMPT] and end at the last place."""

    def __init__(self, model: Any) -> None:
        self._model, self._body, self._config = model, model.model, model.config
        self._head_size: int = self._config.head_dim
        self._shared = self._config.num_attention_heads // self._config.num_key_value_heads

    def sample(
        self, prompts: torch.Tensor, lengths: torch.Tensor, draws: torch.Tensor, *, greedy: bool
    ) -> torch.Tensor:
        """Answers [B, n, LONGEST_ANSWER], what comes after an end token included.

        `draws` are uniform, [B, n, LONGEST_ANSWER]: each picks its token by the inverse of the
        cumulated probabilities, so that the same draws give like answers under like policies.
        """
        n = draws.shape[1]
        bias, positions = self._tree(lengths, n)
        cache = self._empty_cache(len(prompts), PROMPT + n * ROOM, bias.dtype)
        places = slice(0, PROMPT)
        hidden = self._layers(prompts, positions, bias, places, cache)[:, -1:].expand(-1, n, -1)
        sampled = []
        for time in range(LONGEST_ANSWER):
            logits = self._logits(hidden)
            token = logits.argmax(-1) if greedy else _picked(logits, draws[..., time])
            sampled.append(token)
            if time + 1 < LONGEST_ANSWER:
                places = slice(PROMPT + time, None, ROOM)
                hidden = self._layers(token, positions, bias, places, cache)
        return torch.stack(sampled, -1)

    def log_chances(
        self,
        prompts: torch.Tensor,
        lengths: torch.Tensor,
        answers: torch.Tensor,
        widths: torch.Tensor,
    ) -> torch.Tensor:
        """Log-probabilities [B, n] of answers [B, n, ROOM], of which `widths` tokens count."""
        n = answers.shape[1]
        bias, positions = self._tree(lengths, n)
        row = torch.cat([prompts, answers.flatten(1)], 1)
        hidden = self._layers(row, positions, bias, slice(None))
        first = hidden[:, PROMPT - 1, None, None].expand(-1, n, -1, -1)
        later = hidden[:, PROMPT:].unflatten(1, (n, ROOM))[:, :, :-1]
        logits = self._logits(torch.cat([first, later], 2))
        chances = logits.log_softmax(-1).gather(-1, answers[..., None])[..., 0]
        counted = torch.arange(ROOM, device=widths.device) < widths[..., None]
        return (chances * counted).sum(-1)

    def certainties(self, prompts: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Log-probability [B] of the likeliest token after each prompt."""
        bias, positions = self._tree(lengths, 0)
        hidden = self._layers(prompts, positions, bias, slice(None))
        return self._logits(hidden[:, -1]).log_softmax(-1).amax(-1)

    def gradients(
        self,
        prompts: torch.Tensor,
        lengths: torch.Tensor,
        answers: torch.Tensor,
        widths: torch.Tensor,
        weights: torch.Tensor,
    ) -> Tensors:
        """The gradient of -sum(weights * log_chances) for each parameter, as float32."""
        chances = self.log_chances(prompts, lengths, answers, widths)
        found = torch.autograd.grad(-(weights * chances).sum(), list(self._model.parameters()))
        return tuple(gradient.float() for gradient in found)

    def _tree(self, lengths: torch.Tensor, n: int) -> Tensors:
        """What is added to attention [B, 1, places, places], and positions [B, places]."""
        dtype, device = self._model.dtype, lengths.device
        answers = torch.arange(n, device=device)[:, None].expand(n, ROOM)
        branch = torch.cat([torch.full((PROMPT,), -1, device=device), answers.flatten()])
        time = torch.cat(
            [torch.arange(PROMPT, device=device), torch.arange(ROOM, device=device).repeat(n)]
        )
        own = (branch[:, None] == branch) & (time[:, None] >= time)
        seen = own | ((branch[:, None] >= 0) & (branch == -1))
        filled = (branch >= 0) | (time >= PROMPT - lengths[:, None])
        seen = (seen & filled[:, None])[:, None]
        bias = torch.zeros(seen.shape, dtype=dtype, device=device)
        bias = bias.masked_fill(~seen, torch.finfo(dtype).min)
        return bias, (lengths[:, None] + time - PROMPT * (branch < 0)).clamp(min=0)

    def _empty_cache(self, rows: int, places: int, dtype: torch.dtype) -> torch.Tensor:
        layers, heads = self._config.num_hidden_layers, self._config.num_key_value_heads
        shape = (layers, 2, rows, heads, places, self._head_size)
        return torch.zeros(shape, dtype=dtype, device=self._model.device)

    def _layers(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor,
        bias: torch.Tensor,
        places: slice,
        cache: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The last hidden states of the tokens at `places`, which go into the cache."""
        epsilon = self._config.rms_norm_eps
        cosine, sine = self._turns(positions[:, places])
        # Heads that share keys stand behind each other as if they were further queries.
        bias = bias[:, :, places].repeat(1, 1, self._shared, 1)
        x = self._body.embed_tokens(tokens)
        for number, layer in enumerate(self._body.layers):
            normed = _normed(x, layer.input_layernorm, epsilon)
            attention = layer.self_attn
            queries, keys, values = (
                part(normed).unflatten(-1, (-1, self._head_size)).transpose(1, 2)
                for part in (attention.q_proj, attention.k_proj, attention.v_proj)
            )
            queries, keys = _turned(queries, cosine, sine), _turned(keys, cosine, sine)
            if cache is not None:
                cache[number, 0][:, :, places] = keys
                cache[number, 1][:, :, places] = values
                keys, values = cache[number, 0], cache[number, 1]
            folded = queries.unflatten(1, (-1, self._shared)).flatten(2, 3)
            seen = functional.scaled_dot_product_attention(folded, keys, values, attn_mask=bias)
            seen = seen.unflatten(2, (self._shared, -1)).flatten(1, 2)
            x = x + attention.o_proj(seen.transpose(1, 2).flatten(2))
            normed = _normed(x, layer.post_attention_layernorm, epsilon)
            gate = functional.silu(layer.mlp.gate_proj(normed))
            x = x + layer.mlp.down_proj(gate * layer.mlp.up_proj(normed))
        return _normed(x, self._body.norm, epsilon)

    def _logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """In float32: in bfloat16 they would be steps of an eighth apart."""
        return functional.linear(hidden.float(), self._model.lm_head.weight.float())

    def _turns(self, positions: torch.Tensor) -> Tensors:
        """Cosines and signed sines of the rotary embedding, [B, 1, places, head size]."""
        half = self._head_size // 2
        powers = torch.arange(half, device=positions.device, dtype=torch.float32) / half
        speeds = torch.exp(-math.log(self._config.rope_parameters["rope_theta"]) * powers)
        angles = positions[:, None, :, None] * speeds
        cosine, sine = angles.cos(), angles.sin()
        dtype = self._model.dtype
        return torch.cat([cosine] * 2, -1).to(dtype), torch.cat([-sine, sine], -1).to(dtype)


class Captured:
    """A function of tensors recorded as a CUDA graph; its outputs last until the next call."""

    def __init__(self, function: Callable[..., Any], inputs: Tensors, pool: Any) -> None:
        self._inputs = tuple(one.clone() for one in inputs)
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            function(*self._inputs)  # libraries choose their kernels at the first call
        torch.cuda.current_stream().wait_stream(stream)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, pool=pool):
            self._outputs = function(*self._inputs)

    def __call__(self, *inputs: torch.Tensor) -> Any:
        for place, one in zip(self._inputs, inputs, strict=True):
            place.copy_(one)
        self._graph.replay()
        return self._outputs


def _normed(x: torch.Tensor, norm: Any, epsilon: float) -> torch.Tensor:
    return functional.rms_norm(x, (x.shape[-1],), norm.weight, epsilon)


def _turned(x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
    return torch.addcmul(x * cosine, x.roll(x.shape[-1] // 2, -1), sine)


def _picked(logits: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
    cumulated = logits.softmax(-1).cumsum(-1)
    aimed = draws[..., None] * cumulated[..., -1:]
    place = torch.searchsorted(cumulated, aimed, right=True)[..., 0]
    return place.clamp(max=logits.shape[-1] - 1)
