-- The views, made anew with every change of the tables: a view's columns are fixed when it is made.

-- One verdict a rollout: the newest version of the problem's verifier.
CREATE VIEW current_verdicts AS
    SELECT * FROM verdicts
    QUALIFY row_number() OVER (
        PARTITION BY rollout_id
        ORDER BY try_cast(verifier_version AS BIGINT) DESC NULLS LAST, verifier_version DESC
    ) = 1;

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

-- Every candidate of every selection with the factors of its choice, chosen or not.
CREATE VIEW choices AS
    SELECT s.name, s.problem_id, s.policy, s.group_size, s.arm, s.selected, s.position, s.reason,
           s.gain, s.preference, s.weight, s.cell_rank, s.cluster_rank, s.discount, s.cost_tokens,
           p.domain, p.family, p.level, p.confidence, p.prompt,
           c.n_rollouts, c.n_correct, c.pass_rate, c.p_mixed, c.informativeness
    FROM selections s
    JOIN problems p USING (problem_id)
    LEFT JOIN scores c USING (problem_id, policy, group_size);

CREATE VIEW selected AS
    SELECT s.name, s.position, s.gain, s.cost_tokens, s.policy, s.group_size,
           p.*, c.pass_rate, c.p_mixed, c.informativeness
    FROM selections s
    JOIN problems p USING (problem_id)
    JOIN scores c USING (problem_id, policy, group_size)
    WHERE s.selected;

-- How many problems of a domain are left after each stage. What is not a model's proposal counts as
-- proposed where it is made; from `sampled` on the accepted alone are counted.
CREATE VIEW funnel AS
    WITH proposed AS (
        SELECT domain, count(*) AS n FROM proposals GROUP BY domain
    ), marked AS (
        SELECT domain, quarantine IS NULL AS accepted,
               problem_id NOT IN (SELECT problem_id FROM proposals WHERE problem_id IS NOT NULL)
                   AS unproposed,
               problem_id IN (SELECT problem_id FROM rollouts) AS sampled,
               problem_id IN (SELECT problem_id FROM rollouts SEMI JOIN verdicts USING (rollout_id))
                   AS verified,
               problem_id IN (SELECT problem_id FROM scores) AS scored,
               problem_id IN (SELECT problem_id FROM selections WHERE selected) AS selected
        FROM problems
    ), kept AS (
        SELECT domain, count(*) FILTER (unproposed) AS unproposed,
               count(*) FILTER (NOT accepted) AS quarantined,
               count(*) FILTER (accepted) AS accepted,
               count(*) FILTER (accepted AND sampled) AS sampled,
               count(*) FILTER (accepted AND verified) AS verified,
               count(*) FILTER (accepted AND scored) AS scored,
               count(*) FILTER (accepted AND selected) AS selected
        FROM marked GROUP BY domain
    )
    SELECT domain, coalesce(p.n, 0) + coalesce(k.unproposed, 0) AS proposed,
           coalesce(k.quarantined, 0) AS quarantined, coalesce(k.accepted, 0) AS accepted,
           coalesce(k.sampled, 0) AS sampled, coalesce(k.verified, 0) AS verified,
           coalesce(k.scored, 0) AS scored, coalesce(k.selected, 0) AS selected
    FROM kept k FULL JOIN proposed p USING (domain);

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
