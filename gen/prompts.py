"""How a problem is put to a policy.

    chat("What is 2 + 3?", template="math-1")
    ->  (Message(role="user", content="What is 2 + 3?\\n\\nReason step by step and ..."),)

A template's name is part of a rollout's identity: never edit one that has been released, add the
next number and point the verifier at it.
"""

from gen.backends.base import Message
from verifiers.errors import UnknownName

TEMPLATES = {
    "math-1": "{prompt}\n\nReason step by step and put the final answer in \\boxed{{}}.",
    "plain-1": "{prompt}",
}

BY_VERIFIER = {"math": "math-1"}

CURRENT_TEMPLATES = sorted({*BY_VERIFIER.values(), "plain-1"})


def template_for(verifier: str) -> str:
    """The template that new rollouts of a verifier's problems are asked with."""
    return BY_VERIFIER.get(verifier, "plain-1")


def chat(prompt: str, *, template: str) -> tuple[Message, ...]:
    """Fill `template` with a problem's prompt; raises UnknownName for a template nobody defined."""
    if template not in TEMPLATES:
        raise UnknownName("template", template, TEMPLATES)
    return (Message(role="user", content=TEMPLATES[template].format(prompt=prompt)),)


def messages(prompt: str, template: str) -> list[dict[str, str]]:
    """The same chat as plain objects, as exports keep it."""
    return [
        {"role": message.role, "content": message.content}
        for message in chat(prompt, template=template)
    ]
