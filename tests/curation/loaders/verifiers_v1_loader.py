"""Makes a taskset of verifiers 0.4 out of an export, as its documentation has it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
from verifiers.v1.configs.taskset import TasksetConfig
from verifiers.v1.task import Task, TaskData
from verifiers.v1.taskset import Taskset


class AssayData(TaskData):
    answer: str
    info: str


class AssayTask(Task[AssayData]):
    pass


class AssayTaskset(Taskset[AssayTask, TasksetConfig]):
    def load(self) -> Iterator[AssayTask]:
        for file in sorted(Path(sys.argv[1]).glob("data/train-*.parquet")):
            for row in pq.read_table(file, columns=["id", "prompt", "answer", "info"]).to_pylist():
                yield AssayTask(AssayData(**row))


tasks = list(AssayTaskset(TasksetConfig()))
first = tasks[0].data
print(
    json.dumps(
        {
            "n": len(tasks),
            "prompt": [[one.role, one.content] for one in first.prompt],
            "answer": first.answer,
            "problem_id": json.loads(first.info)["problem_id"],
            "id": first.id,
            "keys": len({task.key for task in tasks}),
        }
    )
)
