"""How a problem is put to a policy.

    chat("What is 2 + 3?", template="math-1")
    ->  (Message(role="user", content="What is 2 + 3?\\n\\nReason step by step and ..."),)

A template's name is part of a rollout's identity: never edit one that has been released, add the
next number.
"""

from gen.backends.base import Message
from verifiers.errors import UnknownName

TEMPLATES: dict[str, tuple[tuple[str, str], ...]] = {
    "math-1": (
        ("user", "{prompt}\n\nReason step by step and put the final answer in \\boxed{{}}."),
    ),
    # One worked example in the chat itself: models of 0.1 B parameters imitate, they do not obey.
    "math-shown-1": (
        ("user", "What is 2 + 3?"),
        ("assistant", "2 + 3 = 5. The answer is \\boxed{{5}}."),
        ("user", "{prompt}"),
    ),
    "code-1": (
        ("user", "{prompt}\n\nAnswer with the whole program, in one ```python block at the end."),
    ),
    "program-1": (
        (
            "user",
            "{prompt}\n\nWrite a Python program that works out the answer: define a function "
            "`answer()` without parameters that returns it, exact where it can be (an int, a "
            "fractions.Fraction or a sympy expression), in one ```python block.",
        ),
    ),
    "value-1": (
        (
            "user",
            "{prompt}\n\nReason step by step, then give the final answer in \\boxed{{}}, or as one "
            "```json block at the end where JSON is asked for.",
        ),
    ),
    "json-1": (
        (
            "user",
            "{prompt}\n\nReason step by step, then give the answer as JSON in one ```json block at "
            "the end.",
        ),
    ),
    "sql-1": (("user", "{prompt}\n\nAnswer with one query, in one ```sql block at the end."),),
    "patch-1": (
        (
            "user",
            "{prompt}\n\nReason step by step, then give the change in one ```diff block at the "
            "end, or each changed file as a whole in a block whose first line is `# file: PATH`.",
        ),
    ),
    "plain-1": (("user", "{prompt}"),),
}
"""Name -> the turns of a chat, as role and text."""

OPENINGS = {
    "math-1": "\\boxed{",
    "math-shown-1": "\\boxed{",
    "code-1": "```python\n",
    "program-1": "```python\n",
    "value-1": "\\boxed{",
    "json-1": "```json\n",
    "sql-1": "```sql\n",
    "patch-1": "```diff\n",
    "plain-1": "",
}
"""Name -> how an answer begins that is given at once, without a word before it."""

BY_VERIFIER = {
    "math": "math-1",
    "code": "code-1",
    "value": "value-1",
    "forecast": "json-1",
    "plan": "json-1",
    "simulation": "code-1",
    "sql": "sql-1",
    "repository": "patch-1",
}


def template_for(verifier: str, *, chosen: str | None = None) -> str:
    """The template for a verifier's problems, or the `chosen` one; raises UnknownName."""
    template = chosen or BY_VERIFIER.get(verifier, "plain-1")
    if template not in TEMPLATES:
        raise UnknownName("template", template, TEMPLATES)
    return template


def chat(prompt: str, *, template: str) -> tuple[Message, ...]:
    """Fill `template` with a problem's prompt; raises UnknownName for a template nobody defined."""
    turns = TEMPLATES[template_for("", chosen=template)]
    return tuple(Message(role=role, content=text.format(prompt=prompt)) for role, text in turns)


def begun(prompt: str, *, template: str, opening: str) -> tuple[Message, ...]:
    """The same chat with an answer that begins with `opening`, for the policy to go on with."""
    asked = chat(prompt, template=template)
    return (*asked, Message(role="assistant", content=opening)) if opening else asked


def messages(prompt: str, template: str) -> list[dict[str, str]]:
    """The same chat as plain objects, as exports keep it."""
    return [
        {"role": message.role, "content": message.content}
        for message in chat(prompt, template=template)
    ]
