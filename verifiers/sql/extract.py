"""Finds the query of a completion.

    query_of("It is\\n```sql\\nSELECT 1\\n```")               ->  "SELECT 1"
    query_of("We group the rows.\\n\\nSELECT a\\nFROM t;")    ->  "SELECT a\\nFROM t"
    query_of("I cannot tell.")                               ->  None

The last fenced block counts that is marked as SQL or opens as a query does; where there is none,
the last paragraph's statement. What is thought does not count.
"""

import re

from verifiers.code.extract import FENCE

OPENING = re.compile(
    r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*\(*\s*(?:SELECT|WITH|FROM|VALUES)\b", re.I | re.S
)
LINE = re.compile(r"^[ \t]*\(*(?:SELECT|WITH)\b.*", re.IGNORECASE | re.MULTILINE | re.DOTALL)
MARK = re.compile(r"[ \t]*(?:`{3,}|~{3,})[ \t]*(?:sql|duckdb|postgres\w*|sqlite)\b", re.IGNORECASE)


def query_of(completion: str) -> str | None:
    """The last query outside the thinking; None where there is none."""
    text = completion.rpartition("</think>")[2].partition("<think>")[0].replace("\r\n", "\n")
    for block in reversed(list(FENCE.finditer(text))):
        if block["code"].strip() and (MARK.match(block[0]) or OPENING.match(block["code"])):
            return block["code"].strip()
    for paragraph in reversed(re.split(r"\n[ \t]*\n", FENCE.sub("\n\n", text))):
        if found := LINE.search(paragraph):
            return found[0].partition(";")[0].strip()
    return None
