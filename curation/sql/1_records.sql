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
