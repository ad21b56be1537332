ALTER TABLE scores RENAME TO older_scores;
CREATE TABLE scores (
    problem_id UUID NOT NULL,
    policy VARCHAR NOT NULL,
    group_size BIGINT NOT NULL,
    n_rollouts BIGINT NOT NULL,
    n_correct BIGINT NOT NULL,
    n_undecided BIGINT NOT NULL,
    n_truncated BIGINT NOT NULL,
    n_effective DOUBLE NOT NULL,
    mean_reward DOUBLE,
    dispersion DOUBLE NOT NULL,
    prior_alpha DOUBLE NOT NULL,
    prior_beta DOUBLE NOT NULL,
    alpha DOUBLE NOT NULL,
    beta DOUBLE NOT NULL,
    pass_rate DOUBLE NOT NULL,
    p_mixed DOUBLE NOT NULL,
    signal VARCHAR NOT NULL,
    signal_value DOUBLE NOT NULL,
    tokens_per_rollout DOUBLE NOT NULL,
    informativeness DOUBLE NOT NULL,
    predicted BOOLEAN NOT NULL,
    audit BOOLEAN NOT NULL,
    run_id UUID NOT NULL
);
INSERT INTO scores BY NAME
    SELECT *, (n_rollouts - n_undecided)::DOUBLE AS n_effective,
           n_correct / nullif(n_rollouts - n_undecided, 0) AS mean_reward, 1.0 AS dispersion,
           1.0 AS prior_alpha, 1.0 AS prior_beta, 'p_mixed' AS signal, p_mixed AS signal_value,
           false AS predicted, problem_id >= 'fd70a3d7-0a3d-70a3-d70a-3d70a3d70a3d'::UUID AS audit
    FROM older_scores;
DROP TABLE older_scores;

CREATE TABLE groups (
    group_id UUID NOT NULL,
    training_run VARCHAR NOT NULL,
    started_from VARCHAR NOT NULL,
    step BIGINT NOT NULL,
    problem_id UUID NOT NULL,
    n_rollouts BIGINT NOT NULL,
    n_decided BIGINT NOT NULL,
    n_correct BIGINT NOT NULL,
    reward_sum DOUBLE NOT NULL,
    reward_squares DOUBLE NOT NULL,
    n_tokens BIGINT NOT NULL,
    run_id UUID NOT NULL
);
CREATE TABLE checkpoints (
    policy VARCHAR NOT NULL,
    training_run VARCHAR NOT NULL,
    started_from VARCHAR NOT NULL,
    step BIGINT NOT NULL,
    run_id UUID NOT NULL
);
CREATE TABLE pass_rate_models (
    policy VARCHAR NOT NULL,
    family VARCHAR NOT NULL,
    features VARCHAR NOT NULL,
    n_problems BIGINT NOT NULL,
    n_rollouts DOUBLE NOT NULL,
    mean_predicted DOUBLE NOT NULL,
    mean_observed DOUBLE NOT NULL,
    r2 DOUBLE,
    r2_observed DOUBLE,
    brier DOUBLE NOT NULL,
    brier_of_cells DOUBLE NOT NULL,
    slope DOUBLE NOT NULL,
    intercept DOUBLE NOT NULL,
    concentration DOUBLE NOT NULL,
    reliability VARCHAR NOT NULL,
    audited BOOLEAN NOT NULL,
    run_id UUID NOT NULL
);
