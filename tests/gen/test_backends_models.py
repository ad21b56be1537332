"""The backends that load weights: vLLM in process on a tiny model, the embedded model's conversion.

pytest -m model tests/gen/test_backends_models.py          # some minutes; one engine for all
"""

import itertools
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from models import tiny_model

from gen.backends import Message, Request, Sampling, open_backend
from gen.backends.vllm import prompt_text
from gen.errors import BackendFailed

pytestmark = [pytest.mark.model, pytest.mark.xdist_group("model")]

SHORT = Sampling(temperature=1.0, max_tokens=12)


def requests(
    n: int, *, samples: tuple[int, ...] = (0, 1, 2), sampling: Sampling = SHORT
) -> Iterator[Request]:
    for number in range(n):
        yield Request(
            key=UUID(int=number),
            messages=(Message(role="user", content=f"What is {number} + {number}?"),),
            sample_indexes=samples,
            sampling=sampling,
        )


def texts(completions) -> dict[tuple[int, int], str]:
    found = [(c.key.int, c.sample_index, c.text) for c in completions]
    assert len({(problem, index) for problem, index, _ in found}) == len(found)
    return {(problem, index): text for problem, index, text in found}


@pytest.fixture(scope="module")
def directory(tmp_path_factory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def others():
    """Processes that other tests have left to this one."""
    return psutil.Process().children()


@pytest.fixture(scope="module")
def backend(directory, others):
    with open_backend(f"cpu:{directory}") as opened:
        yield opened


_SAMPLE = """
import sys
from uuid import UUID
from gen.backends import Message, Request, Sampling, open_backend

prompt = Request(key=UUID(int=0), sample_indexes=(0, 1, 2), sampling=Sampling(max_tokens=8),
                 messages=(Message(role="user", content="What is 0 + 0?"),))
with open_backend(sys.argv[1]) as backend:
    print(len(list(backend.sample([prompt], seed=0))))
"""


class TestVllm:
    @pytest.mark.deep
    def test_a_process_that_samples_prints_only_what_is_its_own(self, directory):
        done = subprocess.run(
            [sys.executable, "-c", _SAMPLE, f"cpu:{directory}"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.stderr) == ("3\n", "")

    def test_the_engine_lives_in_this_process(self, backend, others):
        assert set(psutil.Process().children()) <= set(others)

    def test_every_sample_asked_for_comes_once_with_its_counts(self, backend):
        completions = list(backend.sample(requests(50), seed=0))
        assert set(texts(completions)) == set(itertools.product(range(50), range(3)))
        for completion in completions:
            assert completion.n_prompt_tokens > len("What is 0 + 0?")
            if completion.finish_reason == "length":
                assert completion.n_tokens == 12
            else:
                assert completion.finish_reason == "stop"
                assert completion.n_tokens <= 12

    def test_a_resumed_run_gets_the_completions_it_lacks(self, backend):
        whole = texts(backend.sample(requests(20), seed=1))
        rest = texts(backend.sample(requests(20, samples=(2,)), seed=1))
        other = texts(backend.sample(requests(20), seed=2))
        assert rest == {place: text for place, text in whole.items() if place[1] == 2}
        assert other != whole

    def test_the_samples_of_a_prompt_differ(self, backend):
        found = texts(backend.sample(requests(1, samples=tuple(range(8))), seed=0))
        assert len(set(found.values())) == 8

    def test_requests_are_drawn_as_room_appears(self, backend):
        drawn = itertools.count()
        last = 0

        def endless() -> Iterator[Request]:
            nonlocal last
            for request in requests(10**9, samples=(0,)):
                last = next(drawn)
                yield request

        sampling = backend.sample(endless(), seed=0)
        for _ in range(300):
            next(sampling)
        sampling.close()
        assert 300 <= last < 1500

    def test_what_is_given_up_does_not_come_back(self, backend):
        sampling = backend.sample(requests(100), seed=0)
        next(sampling)
        sampling.close()
        again = texts(backend.sample(requests(3), seed=5))
        assert set(again) == set(itertools.product(range(3), range(3)))

    def test_a_prompt_too_long_spoils_only_its_own_samples(self, backend):
        long = Request(
            key=UUID(int=99),
            messages=(Message(role="user", content="word " * 1000),),
            sample_indexes=(0, 1),
            sampling=SHORT,
        )
        completions = list(backend.sample([long, *requests(5)], seed=0))
        failed = [c.key.int for c in completions if c.finish_reason == "error"]
        assert failed == [99, 99]
        assert len(completions) == 17

    def test_many_long_prompts_with_seeds_of_their_own_do_not_kill_the_engine(self, backend):
        """vLLM dies where a prompt is cut in two on the CPU; these fill many batches."""
        long = [
            Request(
                key=UUID(int=number),
                messages=(Message(role="user", content=f"{number} " * 300),),
                sample_indexes=(0, 1),
                sampling=SHORT,
            )
            for number in range(40)
        ]
        assert len(texts(backend.sample(long, seed=0))) == 80

    def test_a_schema_holds_and_one_that_cannot_be_held_is_left_out(self, backend, caplog):
        schema = {
            "type": "object",
            "properties": {"a": {"enum": ["x", "yy"]}},
            "required": ["a"],
            "additionalProperties": False,
        }
        held = Sampling(temperature=1.0, max_tokens=400, schema=json.dumps(schema))
        wrong = Sampling(temperature=1.0, max_tokens=12, schema='{"type": "nonsense"}')
        with caplog.at_level(logging.WARNING):
            for completion in backend.sample(requests(3, sampling=held), seed=0):
                if completion.finish_reason == "stop":
                    assert json.loads(completion.text)["a"] in ("x", "yy")
            assert len(texts(backend.sample(requests(3, sampling=wrong), seed=0))) == 9
        told = [one.getMessage() for one in caplog.records if one.name == "gen.backends.vllm"]
        assert len(told) == 1
        assert "is not held to a schema" in told[0]

    @pytest.mark.parametrize("opening", ["", "The answer is \\boxed{", "```python\n"])
    def test_the_log_chance_is_that_of_the_tokens_after_the_opening(
        self, backend, directory, opening
    ):
        asked = Message(role="user", content="What is 2 + 3?")
        begun = [Message(role="assistant", content=opening)] if opening else []
        request = Request(
            key=UUID(int=0),
            messages=(asked, *begun),
            sample_indexes=(0,),
            sampling=Sampling(temperature=0.0, max_tokens=4),
            log_chance=True,
        )
        (completion,) = backend.sample([request], seed=0)
        prompt = f"<|im_start|>user\n{asked.content}<|im_end|>\n<|im_start|>assistant\n{opening}"
        text, log_chance, n_prompt_tokens = _greedy(directory, prompt, n_tokens=4)
        assert completion.n_prompt_tokens == n_prompt_tokens
        assert completion.text == text
        assert completion.log_chance == pytest.approx(log_chance, abs=1e-3)

    def test_no_log_chance_is_told_that_was_not_asked_for(self, backend):
        assert {one.log_chance for one in backend.sample(requests(2), seed=0)} == {None}

    def test_other_users_of_torch_keep_their_threads_to_set(self, backend):
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(1)
        assert torch.get_num_threads() == 1
        torch.set_num_threads(before)

    def test_a_gpu_model_without_a_gpu_names_the_other_form(self, directory):
        with pytest.raises(BackendFailed, match=f"sees no GPU; use cpu:{directory}"):
            open_backend(f"vllm:{directory}")


@pytest.mark.parametrize(
    ("template", "between"),
    [
        (None, ""),
        ("{% for one in messages %}{{ one.content }}|{% endfor %}", "|"),
        # Llama's strips what it is given; others leave out a last message of the model's.
        ("{% for one in messages %}{{ one.content | trim }}|{% endfor %}", "|"),
        ("{{ messages[0].content }}|", "|"),
        (
            "{{ messages[0].content }}|{% if add_generation_prompt %}<think>\n{% endif %}",
            "|<think>\n\n</think>\n\n",
        ),
    ],
)
def test_an_answer_is_gone_on_with_whatever_the_template_does(directory, template, between):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(directory)
    tokenizer.chat_template = template
    begun = (
        Message(role="user", content="What is 2 + 3?"),
        Message(role="assistant", content="```python\n"),
    )
    assert prompt_text(tokenizer, begun) == f"What is 2 + 3?{between}```python\n"


def _greedy(directory: Path, prompt: str, *, n_tokens: int) -> tuple[str, float, int]:
    """What transformers goes on with, the log chance of it, and the prompt's tokens."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    tokens = tokenizer.encode(prompt, add_special_tokens=False)
    n_prompt_tokens, log_chance = len(tokens), 0.0
    with torch.no_grad():
        for _ in range(n_tokens):
            chances = model(torch.tensor([tokens])).logits[0, -1].log_softmax(-1)
            tokens.append(int(chances.argmax()))
            log_chance += float(chances.max())
    return tokenizer.decode(tokens[n_prompt_tokens:]), log_chance, n_prompt_tokens


_THINK = """
import json, sys
from uuid import UUID
from gen.backends import Message, Request, Sampling, open_backend

def prompt(number, **sampling):
    return Request(key=UUID(int=number), sample_indexes=tuple(range(8)),
                   sampling=Sampling(temperature=1.0, **sampling),
                   messages=(Message(role="user", content="What is 0 + 0?"),))

asked = [prompt(0, max_tokens=24), prompt(1, max_tokens=60, thinking_tokens=20)]
with open_backend(sys.argv[1]) as backend:
    for c in backend.sample(asked, seed=0):
        print(json.dumps([c.key.int, c.text, c.thinking, c.n_tokens, c.n_thinking_tokens]))
"""


def test_a_reasoning_model_thinks_apart_and_within_its_budget(tmp_path):
    directory = tiny_model(tmp_path / "thinker", thinks=True)
    done = subprocess.run(
        [sys.executable, "-c", _THINK, f"cpu:{directory}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    unlimited = [row for row in rows if row[0] == 0 and "</think>" not in row[2]]
    limited = [row for row in rows if row[0] == 1]
    assert (len(rows), len(limited)) == (16, 8)
    cut = [row for row in unlimited if row[3] == 24]
    assert cut
    assert any(text == "" and n_thinking == 24 for _, text, _, _, n_thinking in cut)
    assert all(0 < n_thinking <= 20 for _, _, _, _, n_thinking in limited)
    assert any(text for _, text, _, _, _ in limited)


_RESOLVE = "from gen.backends.embedded import resolve_weights as r; print(r('smollm2-135m'))"


@pytest.fixture(scope="module")
def converted(tmp_path_factory) -> Path:
    """Convert in two processes at once, over what a killed conversion left."""
    cache = tmp_path_factory.mktemp("cache")
    (cache / ".smollm2-135m-1.partial").mkdir()
    (cache / ".smollm2-135m-1.partial" / "junk").write_text("half a model")
    both = [
        subprocess.Popen(
            [sys.executable, "-c", _RESOLVE],
            env=os.environ | {"ASSAY_CACHE": str(cache)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answers = {process.communicate()[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert answers == {str(cache / "smollm2-135m-1")}
    return cache / "smollm2-135m-1"


class TestEmbedded:
    def test_nothing_but_the_model_is_left(self, converted):
        assert {path.name for path in converted.parent.iterdir()} == {
            "smollm2-135m-1",
            ".smollm2-135m-1.lock",
        }
        assert not (converted / "junk").exists()

    def test_digits_are_tokens_and_the_chat_template_is_there(self, converted):
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(converted)
        assert tokenizer.tokenize("12345") == ["1", "2", "3", "4", "5"]
        assert tokenizer.decode(tokenizer.encode("is  77 é\n")) == "is  77 é\n"
        chat = tokenizer.apply_chat_template(
            [{"role": "user", "content": "Hello"}], tokenize=False, add_generation_prompt=True
        )
        assert chat.endswith("<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n")

    def test_the_weights_know_english(self, converted):
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        tokens = AutoTokenizer.from_pretrained(converted)(
            "The sun rises in the east and sets in the west.", return_tensors="pt"
        )
        model = AutoModelForCausalLM.from_pretrained(converted)
        with torch.no_grad():
            loss = model(**tokens, labels=tokens["input_ids"]).loss
        assert loss.item() < 4
