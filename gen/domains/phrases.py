"""Words put together as a sentence does.

listed(["a", "b", "c"])          a, b and c
listed(["a", "b"], "or")         a or b
"""

from collections.abc import Sequence


def listed(items: Sequence[str], link: str = "and") -> str:
    """Join words as a sentence does."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {link} {items[-1]}"
