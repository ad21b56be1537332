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
