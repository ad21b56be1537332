"""One spelling for words and for the keys of records.

squeezed(" 'High  Risk'. ")   ->  "high risk"
key("High-Risk_Score")       ->  "highriskscore"
"""

import re
import unicodedata


def squeezed(text: str) -> str:
    """Without the differences of case, space, quotes, brackets around it, and a last full stop."""
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).casefold().strip()
    while (bare := text.strip(" .'\"`*“”‘’")) and re.fullmatch(r"\([^()]*\)", bare):
        text = bare[1:-1]
    return bare


def key(name: str) -> str:
    """Without the differences of case, spaces, underscores and hyphens."""
    return re.sub(r"[\s_-]", "", unicodedata.normalize("NFKC", name)).casefold()
