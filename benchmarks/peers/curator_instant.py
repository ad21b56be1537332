"""bespokelabs-curator on the instant server; run by an interpreter that has it.

python curator_instant.py http://127.0.0.1:PORT/v1 5000         # prints the seconds of its run
"""

import logging
import os
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

# It counts tokens with a vocabulary that it would fetch; litellm, which it needs, brings it along.
_LITELLM = find_spec("litellm")
assert _LITELLM is not None
assert _LITELLM.origin is not None
os.environ |= {
    "TIKTOKEN_CACHE_DIR": str(Path(_LITELLM.origin).parent / "litellm_core_utils/tokenizers"),
    "CURATOR_DISABLE_CACHE": "1",
    "CURATOR_DISABLE_RICH_DISPLAY": "1",
    "TELEMETRY_ENABLED": "0",
    "OPENAI_API_KEY": "none",
    "HF_HUB_OFFLINE": "1",
}
logging.disable(logging.INFO)

from bespokelabs import curator  # noqa: E402


def main() -> None:
    url, n = sys.argv[1], int(sys.argv[2])
    rows = [f"What is {k} + {k * 7 % 13}?" for k in range(n)]
    with tempfile.TemporaryDirectory() as cache:
        os.environ["CURATOR_CACHE_DIR"] = cache
        llm = curator.LLM(
            model_name="instant",
            backend="openai",
            backend_params={
                "base_url": url,
                "max_requests_per_minute": 10_000_000,
                "max_tokens_per_minute": 10_000_000_000,
                "max_concurrent_requests": 256,
            },
            generation_params={"max_tokens": 64},
        )
        started = time.perf_counter()
        made = llm(rows)
        seconds = time.perf_counter() - started
    assert len(made.dataset) == n
    print(seconds)


if __name__ == "__main__":
    main()
