"""The queries behind an export: which problems it has, and its rows one split at a time.

    rows_query(FORMATS["trl"], turns)
    ->  "WITH rows AS (...) SELECT chat AS prompt, ground_truth, ... FROM rows ORDER BY ..."

All sources take `$name` (the selection) and `$split`, and read a table `plan` of problem_id, split
and place. Rows are sorted by the selection's positions, so that equal selections give equal files.
"""

from collections.abc import Callable, Mapping, Sequence

from curation.exporting.formats import Format, Source
from curation.store import Store
from verifiers.errors import BadInput

Chat = Callable[[str, str], Sequence[dict[str, str]]]
"""(prompt, template) -> the chat that the policy was asked, as messages of role and content."""

Turns = Mapping[str | None, Sequence[tuple[str, Sequence[str]]]]
"""Template -> its turns: a role, and the pieces of content between which the prompt stands."""

PLACEHOLDER = "\ue000prompt\ue000"
"""Stands for the prompt while a template is taken apart; private-use characters, in no prompt."""

SELECTED = """
    SELECT problem_id::VARCHAR AS problem_id, s.domain, s.family, s.level, s.prompt, s.ground_truth,
           s.verifier, s.params, s.certificate, s.confidence, s.pass_rate, s.p_mixed,
           s.informativeness, s.position, s.policy, s.group_size
    FROM selected s
    WHERE s.name = $name
    ORDER BY s.position
"""
"""The selection as the manifest states it: what anybody can ask the store again."""

WHOLE = "finish_reason = 'stop'"
"""A rollout that was cut off is nothing to imitate, whatever its verdict."""

PROBLEMS: dict[Source, str] = {
    "problems": "SELECT problem_id, position FROM selected WHERE name = $name",
    "verified": f"""
        SELECT problem_id, position FROM selected WHERE name = $name AND problem_id IN
            (SELECT problem_id FROM results WHERE correct AND {WHOLE})
    """,
    "pairs": f"""
        SELECT problem_id, position FROM selected WHERE name = $name AND problem_id IN
            (SELECT problem_id FROM results WHERE {WHOLE}
             GROUP BY problem_id, model, sampling, template
             HAVING bool_or(correct) AND NOT bool_and(correct))
    """,
}
"""Source -> the problems of a selection that have rows of it."""

_CHOSEN = """
    SELECT problem_id AS id, problem_id::VARCHAR AS problem_id, s.position, s.policy, s.domain,
           s.family, s.level, s.prompt, s.ground_truth, s.verifier, s.params, s.certificate,
           s.confidence, s.pass_rate, s.p_mixed, s.informativeness, plan.split, plan.place
    FROM selected s JOIN plan USING (problem_id)
    WHERE s.name = $name AND plan.split = $split
"""

# Texts are fetched last: what is sorted and joined before is narrow.
_SAMPLED = f"""
    SELECT problem_id AS id, model, sampling, template, rollout_id, n_tokens, n_thinking_tokens,
           correct, verifier_version, reason, {WHOLE} AS whole,
           md5(concat_ws(chr(0), thinking, completion)) AS words,
           count(*) FILTER (correct) OVER same AS n_correct, count(*) OVER same AS k
    FROM results WHERE problem_id IN (SELECT problem_id FROM plan WHERE split = $split)
    WINDOW same AS (PARTITION BY problem_id, model, sampling, template)
"""


def _said(rollout: str) -> str:
    """SQL for all that a model said: its thought, if that was kept apart, and its answer."""
    thought = f"'<think>' || chr(10) || {rollout}.thinking || chr(10) || '</think>'"
    return f"coalesce({thought} || chr(10) || chr(10), '') || {rollout}.completion"


_ROWS: dict[Source, str] = {
    # A problem that the policy was never asked is put as others of its verifier were.
    "problems": f"""
        WITH chosen AS ({_CHOSEN}), asked AS (
            SELECT problem_id AS id, model AS policy, max(template) AS template
            FROM rollouts WHERE model IN (SELECT policy FROM chosen) GROUP BY ALL
        ), usual AS (
            SELECT verifier, policy, max(template) AS template
            FROM asked JOIN chosen USING (id, policy) GROUP BY ALL
        ), rows AS (
            SELECT c.*, coalesce(a.template, u.template) AS template, c.id AS rollout_id
            FROM chosen c LEFT JOIN asked a USING (id, policy)
            LEFT JOIN usual u USING (verifier, policy)
        )
    """,
    # The same words of the same model teach once. Ids are hashes: their order favours nothing.
    "verified": f"""
        WITH chosen AS ({_CHOSEN}), sampled AS ({_SAMPLED}), said AS (
            SELECT * FROM sampled WHERE correct AND whole
            QUALIFY row_number() OVER (PARTITION BY id, model, words ORDER BY rollout_id) = 1
        ), kept AS (
            SELECT * FROM said
            QUALIFY row_number() OVER (PARTITION BY id ORDER BY rollout_id) <= $per_problem
        ), rows AS (
            SELECT c.*, k.* EXCLUDE (id, correct, whole, words),
                   k.model AS teacher, k.n_tokens AS tokens, k.n_thinking_tokens AS thinking_tokens,
                   {_said("r")} AS response
            FROM chosen c JOIN kept k USING (id) JOIN rollouts r ON r.rollout_id = k.rollout_id
        )
    """,
    # The two of a problem that are nearest in length: else a trainer learns to be brief or wordy.
    "pairs": f"""
        WITH chosen AS ({_CHOSEN}), sampled AS ({_SAMPLED}), paired AS (
            SELECT a.id, model AS sampled_by, template, a.n_correct, a.k,
                   b.reason AS rejected_reason, a.rollout_id AS good, b.rollout_id AS bad,
                   a.n_tokens AS chosen_tokens, b.n_tokens AS rejected_tokens
            FROM sampled a JOIN sampled b USING (id, model, sampling, template)
            WHERE a.correct AND NOT b.correct AND a.whole AND b.whole
            QUALIFY row_number() OVER (
                PARTITION BY a.id
                ORDER BY abs(a.n_tokens - b.n_tokens), a.rollout_id, b.rollout_id) = 1
        ), rows AS (
            SELECT c.*, p.* EXCLUDE (id, good, bad), good AS rollout_id,
                   good::VARCHAR AS chosen_id, bad::VARCHAR AS rejected_id,
                   {_said("g")} AS chosen, {_said("b")} AS rejected
            FROM chosen c JOIN paired p USING (id)
            JOIN rollouts g ON g.rollout_id = good JOIN rollouts b ON b.rollout_id = bad
        )
    """,
}


def rows_query(target: Format, turns: Turns) -> str:
    """The query of one split's rows, in the selection's order; JSONL formats have one column."""
    columns = ", ".join(f"{expression} AS {name}" for name, expression, _ in target.columns)
    selected = f"SELECT {columns} FROM asking ORDER BY position, rollout_id"
    if target.suffix == "jsonl":
        selected = f"SELECT to_json(line)::VARCHAR AS line FROM ({selected}) line"
    asking = f"SELECT *, {_chat_sql(turns)} AS chat FROM rows"
    return f"{_ROWS[target.source]}, asking AS ({asking}) {selected}"


def turns_of(store: Store, policy: str, chat: Chat, *, target: Format, fmt: str) -> Turns:
    """Take apart the templates that rollouts were asked with.

    Raises BadInput where the policy was asked in several turns and the format takes one.
    """
    found = store.rows("SELECT template, bool_or(model = ?) FROM rollouts GROUP BY 1", (policy,))
    turns = {None: _turns(chat, None)} | {name: _turns(chat, name) for name, _ in sorted(found)}
    for name, by_policy in sorted(found):
        if target.one_turn and by_policy and len(turns[name]) != 1:
            raise BadInput(
                f"{policy} was asked with the template {name!r} of {len(turns[name])} turns, and "
                f"{fmt} takes one: export for nemo-gym, or sample with another template"
            )
    return turns


def _turns(chat: Chat, template: str | None) -> list[tuple[str, Sequence[str]]]:
    messages = chat(PLACEHOLDER, template)  # type: ignore[arg-type]
    return [(one["role"], one["content"].split(PLACEHOLDER)) for one in messages]


def _chat_sql(turns: Turns) -> str:
    cases = "".join(
        f" WHEN {_text(template)} THEN {_messages(messages)}"
        for template, messages in turns.items()
        if template is not None
    )
    unknown = _messages(turns[None])
    return f"CASE template{cases} ELSE {unknown} END" if cases else unknown


def _messages(messages: Sequence[tuple[str, Sequence[str]]]) -> str:
    written = (
        f"{{'role': {_text(role)}, 'content': {' || prompt || '.join(map(_text, pieces))}}}"
        for role, pieces in messages
    )
    return f"[{', '.join(written)}]"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
