"""Takes what a reasoning model thinks apart from what it answers.

    split("<think>2 and 3...</think>\n\nIt is 5.")      ->  ("2 and 3...", "It is 5.")
    split("2 and 3...</think>It is 5.", opened=True)    ->  ("2 and 3...", "It is 5.")
    split("<think>2 and 3, that")                       ->  ("2 and 3, that", "")
    split("It is 5.")                                   ->  (None, "It is 5.")

Some chat templates end with an opened `<think>`, so that a completion begins inside its thinking.
Only the first thought is taken out; where a later one stands, answer extraction passes over it.
"""

from collections.abc import Sequence

START, END = "<think>", "</think>"


def split(text: str, *, opened: bool = False) -> tuple[str | None, str]:
    """Give the thinking, None where there is none, and the answer, empty where it was not begun.

    `opened` says that the prompt ended inside a thought. Without it a text with a lone `</think>`
    was thinking up to there all the same: the prompt is not always known.
    """
    before, start, after = text.partition(START)
    inside_from_the_start = opened or END in before or not start
    if inside_from_the_start:
        thinking, end, answer = text.partition(END)
        if not end and not opened:
            return None, text
        return thinking.removeprefix(START).strip(), answer.lstrip()
    thinking, _, answer = after.partition(END)
    return thinking.strip(), (before + answer).lstrip()


def opens_thinking(prompt: str) -> bool:
    """Whether a prompt ends inside a thought, as some chat templates do."""
    return prompt.rfind(START) > prompt.rfind(END) and prompt.rstrip().endswith(START)


def count_inside(
    token_ids: Sequence[int], *, start: Sequence[int], end: Sequence[int], opened: bool
) -> int | None:
    """How many of a completion's tokens its thought has, the marks not counted.

    `start` and `end` are the marks' own tokens. None where they are not among the completion's,
    though its text has them: the model spelt them otherwise.
    """
    began = 0 if opened else _after(token_ids, start)
    ended = _after(token_ids, end)
    if ended is not None:
        return max(ended - len(end) - (began or 0), 0)
    return None if began is None else len(token_ids) - began


def share_of_tokens(thinking: str | None, answer: str, *, n_tokens: int) -> int:
    """An estimate of the thinking's tokens by its share of the characters, for want of a count."""
    if not thinking:
        return 0
    return round(n_tokens * len(thinking) / (len(thinking) + len(answer)))


def _after(token_ids: Sequence[int], mark: Sequence[int]) -> int | None:
    n = len(mark)
    for place, token_id in enumerate(token_ids):
        if token_id == mark[0] and list(token_ids[place : place + n]) == list(mark):
            return place + n
    return None
