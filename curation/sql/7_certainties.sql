CREATE TABLE certainties (
    problem_id UUID NOT NULL,
    policy VARCHAR NOT NULL,
    opening VARCHAR NOT NULL,
    n_tokens BIGINT NOT NULL,
    log_chance DOUBLE NOT NULL,
    run_id UUID NOT NULL
);
