CREATE TABLE clusters (
    problem_id UUID NOT NULL,
    cluster_id UUID NOT NULL,
    kind VARCHAR NOT NULL,
    similarity DOUBLE NOT NULL,
    run_id UUID NOT NULL
);

CREATE TABLE contaminations (
    problem_id UUID NOT NULL,
    benchmark VARCHAR NOT NULL,
    row_number BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    similarity DOUBLE NOT NULL,
    benchmark_text VARCHAR NOT NULL,
    run_id UUID NOT NULL
);
