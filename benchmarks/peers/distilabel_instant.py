"""distilabel on the instant server; run by an interpreter that has it (distilabel, openai).

python distilabel_instant.py http://127.0.0.1:PORT/v1 5000      # prints the seconds of its run
"""

import logging
import os
import sys
import tempfile
import time

os.environ["HF_HUB_OFFLINE"] = "1"
logging.disable(logging.INFO)

from distilabel.models import OpenAILLM  # noqa: E402
from distilabel.pipeline import Pipeline  # noqa: E402
from distilabel.steps import LoadDataFromDicts  # noqa: E402
from distilabel.steps.tasks import TextGeneration  # noqa: E402


def main() -> None:
    url, n = sys.argv[1], int(sys.argv[2])
    rows = [{"instruction": f"What is {k} + {k * 7 % 13}?"} for k in range(n)]
    llm = OpenAILLM(
        model="instant", base_url=url, api_key="none", generation_kwargs={"max_new_tokens": 64}
    )
    with tempfile.TemporaryDirectory() as cache:
        with Pipeline(name="instant", cache_dir=cache) as pipeline:
            load = LoadDataFromDicts(data=rows, batch_size=250)
            load >> TextGeneration(llm=llm, input_batch_size=250)
        started = time.perf_counter()
        made = pipeline.run(use_cache=False)
        seconds = time.perf_counter() - started
    answers = made["default"]["train"]["generation"]
    assert sum(answer is not None for answer in answers) == n
    print(seconds)


if __name__ == "__main__":
    main()
