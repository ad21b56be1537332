"""How a store comes to its present form: a numbered list of SQL steps, applied once each.

    MIGRATIONS[0]   # makes version 1 out of an empty file

A step is never edited after a release: a change of the records is a new step, and a test holds the
outcome of all steps against them.
"""

MIGRATIONS = (
    """
    CREATE TABLE problems (
        problem_id UUID NOT NULL,
        domain VARCHAR NOT NULL,
        family VARCHAR NOT NULL,
        level BIGINT NOT NULL,
        prompt VARCHAR NOT NULL,
        ground_truth VARCHAR NOT NULL,
        verifier VARCHAR NOT NULL,
        params VARCHAR NOT NULL,
        certificate VARCHAR NOT NULL,
        confidence DOUBLE NOT NULL,
        evidence VARCHAR NOT NULL,
        source VARCHAR NOT NULL,
        lineage VARCHAR NOT NULL,
        quarantine VARCHAR,
        run_id UUID NOT NULL
    );
    CREATE TABLE rollouts (
        rollout_id UUID NOT NULL,
        problem_id UUID NOT NULL,
        model VARCHAR NOT NULL,
        sampling VARCHAR NOT NULL,
        template VARCHAR NOT NULL,
        sample_index BIGINT NOT NULL,
        completion VARCHAR NOT NULL,
        finish_reason VARCHAR NOT NULL,
        n_prompt_tokens BIGINT NOT NULL,
        n_tokens BIGINT NOT NULL,
        run_id UUID NOT NULL
    );
    CREATE TABLE verdicts (
        verdict_id UUID NOT NULL,
        rollout_id UUID NOT NULL,
        verifier VARCHAR NOT NULL,
        verifier_version VARCHAR NOT NULL,
        outcome VARCHAR NOT NULL,
        reward DOUBLE,
        correct BOOLEAN,
        reason VARCHAR NOT NULL,
        extracted VARCHAR,
        seconds DOUBLE NOT NULL,
        details VARCHAR NOT NULL,
        run_id UUID NOT NULL
    );
    CREATE TABLE scores (
        problem_id UUID NOT NULL,
        policy VARCHAR NOT NULL,
        group_size BIGINT NOT NULL,
        n_rollouts BIGINT NOT NULL,
        n_correct BIGINT NOT NULL,
        n_undecided BIGINT NOT NULL,
        alpha DOUBLE NOT NULL,
        beta DOUBLE NOT NULL,
        pass_rate DOUBLE NOT NULL,
        p_mixed DOUBLE NOT NULL,
        tokens_per_rollout DOUBLE NOT NULL,
        informativeness DOUBLE NOT NULL,
        run_id UUID NOT NULL
    );
    CREATE TABLE selections (
        name VARCHAR NOT NULL,
        problem_id UUID NOT NULL,
        policy VARCHAR NOT NULL,
        group_size BIGINT NOT NULL,
        selected BOOLEAN NOT NULL,
        position BIGINT,
        reason VARCHAR NOT NULL,
        gain DOUBLE NOT NULL,
        cost_tokens DOUBLE NOT NULL,
        run_id UUID NOT NULL
    );
    CREATE TABLE runs (
        run_id UUID NOT NULL,
        parent_run_id UUID,
        command VARCHAR NOT NULL,
        parameters VARCHAR NOT NULL,
        seed BIGINT,
        versions VARCHAR NOT NULL,
        process_id BIGINT NOT NULL,
        started_at TIMESTAMP NOT NULL,
        ended_at TIMESTAMP,
        n_tokens BIGINT NOT NULL,
        seconds DOUBLE NOT NULL,
        cost DOUBLE
    );

    -- One verdict a rollout: the newest version of the problem's verifier.
    CREATE VIEW current_verdicts AS
        SELECT * FROM verdicts
        QUALIFY row_number() OVER (
            PARTITION BY rollout_id
            ORDER BY try_cast(verifier_version AS BIGINT) DESC NULLS LAST, verifier_version DESC
        ) = 1;

    CREATE VIEW results AS
        SELECT p.problem_id, p.domain, p.family, p.level, p.prompt, p.ground_truth, p.certificate,
               p.confidence, p.source, p.quarantine, r.rollout_id, r.model, r.template,
               r.sample_index, r.completion, r.finish_reason, r.n_prompt_tokens, r.n_tokens,
               v.outcome, v.reward, v.correct, v.reason, v.extracted, v.verifier,
               v.verifier_version, v.seconds
        FROM problems p
        JOIN rollouts r USING (problem_id)
        LEFT JOIN current_verdicts v USING (rollout_id);

    CREATE VIEW problem_stats AS
        SELECT problem_id, domain, family, level, model AS policy,
               count(*) AS n_rollouts,
               count(*) FILTER (correct) AS n_correct,
               count(*) FILTER (outcome = 'undecided') AS n_undecided,
               avg(correct::INT) AS pass_rate,
               avg(n_tokens) AS tokens_per_rollout
        FROM results
        GROUP BY ALL;

    CREATE VIEW family_stats AS
        SELECT domain, family, level, model AS policy,
               count(DISTINCT problem_id) AS n_problems,
               count(*) AS n_rollouts,
               avg(correct::INT) AS pass_rate,
               avg(n_tokens) AS tokens_per_rollout
        FROM results
        GROUP BY ALL;

    CREATE VIEW selected AS
        SELECT s.name, s.position, s.gain, s.cost_tokens, s.policy, s.group_size,
               p.*, c.pass_rate, c.p_mixed, c.informativeness
        FROM selections s
        JOIN problems p USING (problem_id)
        JOIN scores c USING (problem_id, policy, group_size)
        WHERE s.selected;
    """,
    """
    -- A view's columns are fixed when it is made, so those over changed tables are made anew.
    DROP VIEW selected;
    DROP VIEW family_stats;
    DROP VIEW problem_stats;
    DROP VIEW results;

    ALTER TABLE rollouts ADD COLUMN thinking VARCHAR;
    ALTER TABLE rollouts ADD COLUMN n_thinking_tokens BIGINT DEFAULT 0;
    ALTER TABLE rollouts ALTER COLUMN n_thinking_tokens SET NOT NULL;
    ALTER TABLE rollouts ALTER COLUMN n_thinking_tokens DROP DEFAULT;
    ALTER TABLE scores ADD COLUMN n_truncated BIGINT DEFAULT 0;
    ALTER TABLE scores ALTER COLUMN n_truncated SET NOT NULL;
    ALTER TABLE scores ALTER COLUMN n_truncated DROP DEFAULT;
    ALTER TABLE runs ADD COLUMN n_prompt_tokens BIGINT DEFAULT 0;
    ALTER TABLE runs ALTER COLUMN n_prompt_tokens SET NOT NULL;
    ALTER TABLE runs ALTER COLUMN n_prompt_tokens DROP DEFAULT;

    CREATE TABLE proposals (
        proposal_id UUID NOT NULL,
        ask_id UUID NOT NULL,
        job_id UUID NOT NULL,
        number BIGINT NOT NULL,
        mode VARCHAR NOT NULL,
        domain VARCHAR NOT NULL,
        model VARCHAR NOT NULL,
        sampling VARCHAR NOT NULL,
        template VARCHAR NOT NULL,
        lineage VARCHAR NOT NULL,
        completion VARCHAR NOT NULL,
        thinking VARCHAR,
        finish_reason VARCHAR NOT NULL,
        n_prompt_tokens BIGINT NOT NULL,
        n_tokens BIGINT NOT NULL,
        outcome VARCHAR NOT NULL,
        reason VARCHAR NOT NULL,
        question_id UUID,
        problem_id UUID,
        run_id UUID NOT NULL
    );

    CREATE VIEW results AS
        SELECT p.problem_id, p.domain, p.family, p.level, p.prompt, p.ground_truth, p.certificate,
               p.confidence, p.source, p.quarantine, r.rollout_id, r.model, r.sampling, r.template,
               r.sample_index, r.completion, r.thinking, r.finish_reason,
               r.finish_reason = 'length' AS truncated, r.n_prompt_tokens, r.n_tokens,
               r.n_thinking_tokens, v.outcome, v.reward, v.correct, v.reason, v.extracted,
               v.verifier, v.verifier_version, v.seconds
        FROM problems p
        JOIN rollouts r USING (problem_id)
        LEFT JOIN current_verdicts v USING (rollout_id);

    CREATE VIEW problem_stats AS
        SELECT problem_id, domain, family, level, model AS policy,
               count(*) AS n_rollouts,
               count(*) FILTER (correct) AS n_correct,
               count(*) FILTER (outcome = 'undecided') AS n_undecided,
               count(*) FILTER (truncated) AS n_truncated,
               avg(correct::INT) AS pass_rate,
               avg(n_tokens) AS tokens_per_rollout
        FROM results
        GROUP BY ALL;

    CREATE VIEW family_stats AS
        SELECT domain, family, level, model AS policy,
               count(DISTINCT problem_id) AS n_problems,
               count(*) AS n_rollouts,
               count(*) FILTER (truncated) AS n_truncated,
               avg(correct::INT) AS pass_rate,
               avg(n_tokens) AS tokens_per_rollout
        FROM results
        GROUP BY ALL;

    CREATE VIEW selected AS
        SELECT s.name, s.position, s.gain, s.cost_tokens, s.policy, s.group_size,
               p.*, c.pass_rate, c.p_mixed, c.informativeness
        FROM selections s
        JOIN problems p USING (problem_id)
        JOIN scores c USING (problem_id, policy, group_size)
        WHERE s.selected;

    -- All that was asked about a problem's ground truth: a row a solver's rollout.
    CREATE VIEW evidence AS
        SELECT p.problem_id, p.prompt, p.ground_truth, p.certificate, p.confidence, p.quarantine,
               p.evidence, r.model, r.template, r.sample_index, r.completion, r.finish_reason,
               r.n_tokens
        FROM problems p
        LEFT JOIN rollouts r ON r.problem_id = (p.evidence->>'question')::UUID;

    -- What each command has sampled and spent, and how many problems it has made of that. Tokens
    -- are counted where they are kept, so that they are known of a killed command as well; seconds
    -- and cost (null where nothing had a price) are those of a command that came to its end.
    CREATE VIEW costs AS
        WITH spent AS (
            SELECT run_id, sum(n_prompt_tokens) AS n_prompt_tokens, sum(n_tokens) AS n_tokens
            FROM (SELECT run_id, n_prompt_tokens, n_tokens FROM rollouts
                  UNION ALL SELECT run_id, n_prompt_tokens, n_tokens FROM proposals)
            GROUP BY run_id
        ), accepted AS (
            SELECT run_id, count(*) AS n FROM problems WHERE quarantine IS NULL GROUP BY run_id
        )
        SELECT u.run_id, u.command, u.parameters->>'model' AS model, u.started_at, u.seconds,
               s.n_prompt_tokens::BIGINT AS n_prompt_tokens, s.n_tokens::BIGINT AS n_tokens, u.cost,
               coalesce(a.n, 0) AS n_accepted, s.n_tokens / a.n AS tokens_per_accepted,
               u.seconds / a.n AS seconds_per_accepted, u.cost / a.n AS cost_per_accepted
        FROM runs u
        JOIN spent s USING (run_id)
        LEFT JOIN accepted a USING (run_id);
    """,
)
