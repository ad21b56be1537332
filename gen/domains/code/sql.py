"""Queries to write for a question, and queries to repair.

    CREATE TABLE products (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, ...)

    List the id and the price of every product whose price is more than 50 and ...

The ground truth is a query; a second one, which comes to the same by other means, must be accepted
too. Both are judged on a dozen databases that are seeded with the query's own literals.
"""

from collections.abc import Mapping
from random import Random

from gen.domains.code.base import CodeFamily, generated, known
from gen.domains.code.sql_questions import Question, ask
from gen.domains.code.sql_schemas import SCHEMAS, Schema
from verifiers.records import Problem
from verifiers.sql import truth_of


class Sql(CodeFamily):
    """Families whose answer is a query."""

    verifier = "sql"
    certificate = "construction"

    def right(self, problem: Problem) -> tuple[str, ...]:
        """The gold query, and one that reaches the same by other means."""
        return (
            block(known(problem, "reference")),
            f"<think>\n{block(known(problem, 'wrong'))}</think>\n{block(known(problem, 'other'))}",
        )

    def wrong(self, problem: Problem, rng: Random) -> str | None:
        """A query with one mistake."""
        return block(known(problem, "wrong"))

    def trivial(self) -> Mapping[str, str]:
        """A query that reads nothing."""
        return {"always 0": block("SELECT 0")}

    def asked(
        self, level: int, prompt: str, schema: Schema, question: Question, wrong: str, seed: int
    ) -> Problem:
        """The problem of a question."""
        truth = truth_of(
            schema.statements(), question.query, seed=seed, ordered=question.ordered,
            domains=schema.domains(),
        )  # fmt: skip
        evidence = {"other": question.other, "second_method": "agrees"}
        return self.coded(level, prompt, truth, question.query, wrong, evidence=evidence)


class Query(Sql):
    """Write a query that answers a question."""

    name = "sql.query"
    card = generated(
        "Names and values are plain English words: schemas of real databases are larger and worse "
        "named.",
        "Two queries that differ only on data unlike the generated are taken for equal; of near "
        "misses that is measured (docs/sql-verifier.md).",
    )

    def generate(self, rng: Random, level: int) -> Problem:
        """Ask a question of a level."""
        schema, question, seed = _drawn(rng, level)
        prompt = (
            f"A DuckDB database has these tables:\n\n{_shown(schema)}\n\n{question.text}\n\n"
            "Give the columns in the order in which they are named"
            f"{'.' if question.ordered else '; the rows may come in any order.'} A missing (NULL) "
            "value meets no condition that compares it."
        )
        return self.asked(level, prompt, schema, question, rng.choice(question.wrong), seed)


class Repair(Sql):
    """Repair a query that does not answer its question."""

    name = "sql.repair"
    card = generated("The faults are single slips, planted; real ones come in company.")

    def generate(self, rng: Random, level: int) -> Problem:
        """Ask a question, and show a wrong query for it."""
        schema, question, seed = _drawn(rng, level)
        faulty = rng.choice(question.wrong)
        prompt = (
            f"A DuckDB database has these tables:\n\n{_shown(schema)}\n\nThe query below is to "
            "answer "
            f"this:\n\n{question.text}\n\n```sql\n{faulty}\n```\n\nIt has a mistake. Write the "
            "query as "
            "it must be, with as many columns, in the same order"
            f"{'.' if question.ordered else '; the rows may come in any order.'}"
        )
        return self.asked(level, prompt, schema, question, faulty, seed)


def block(query: str) -> str:
    """A query as a response."""
    return f"```sql\n{query}\n```\n"


def _drawn(rng: Random, level: int) -> tuple[Schema, Question, int]:
    schema = rng.choice(SCHEMAS)
    return schema, ask(schema, level, rng), rng.randrange(2**31)


def _shown(schema: Schema) -> str:
    return ";\n".join(schema.statements()) + ";"
