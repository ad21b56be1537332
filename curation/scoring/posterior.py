"""From counts to scores: prior, posterior, signal, and signal per token.

    place_priors(connection)                  # cells: prior_alpha, prior_beta, dispersion
    make_posterior(connection)                # a row a problem: alpha, beta, dispersion, ...
    write_scores(connection, policy=..., group_size=8, signal="p_mixed", run_id=...)

With k of n rollouts right the posterior is Beta(a, b), a = a0 + k, b = b0 + n - k, over the prior
of the problem's cell; k may be a sum of graded rewards. Then

    informativeness = confidence * signal(a, b, G) / (G * mean tokens of a rollout)

in signal per token, where confidence is that of the ground truth. Problems are many, but those
with the same prior, n and k are in one state, and states are few: the signal is worked out for each
state once, and joined.

The dispersion of graded rewards is d = v / (m (1 - m)), v being their variance within a problem and
m (1 - m) that of 0/1 rewards of the same mean. From n rewards of mean r and sum of squared
deviations ss, v is estimated without bias by ss / (n - 1), and m (1 - m) by r (1 - r) +
ss / (n (n - 1)); a cell's d is the ratio of the sums over its problems, and a problem's own

    d = (ss + 2 d_cell m (1 - m)) / ((n + 1) m (1 - m)),    m = a / (a + b),

as if two more rewards had the deviation that is usual in the cell. Where all rewards are 0 or 1,
d = 1 and all of this is exact.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from curation.scoring.audit import AUDIT
from curation.scoring.priors import fit_priors
from curation.scoring.signals import SIGNALS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Sums of graded rewards and of weights have many values; hundredths are enough to fit a prior to.
STATES = """
    SELECT cell, family_number, round(n, 2) AS n, round(k, 2) AS k, count(*) AS problems
    FROM counts JOIN cells USING (cell)
    WHERE n > 0
    GROUP BY ALL ORDER BY ALL
"""

DISPERSIONS = """
    SELECT cell, sum(ss / (n - 1)) / nullif(sum(r * (1 - r) + ss / (n * (n - 1))), 0) AS dispersion
    FROM (
        SELECT cell, n, k / n AS r, greatest(squares - k * k / n, 0) AS ss
        FROM counts WHERE n >= 2
    )
    GROUP BY cell
"""

PLACE = """
    CREATE OR REPLACE TEMP TABLE cells AS
    SELECT c.domain, c.family, c.level, c.cell, c.family_number,
           round(f.alpha, 4) AS prior_alpha, round(f.beta, 4) AS prior_beta,
           -- Rewards of 0 and 1 are their own squares.
           coalesce(g.graded, false) AS graded,
           CASE WHEN g.graded THEN least(greatest(coalesce(d.dispersion, 1.0), 0.0), 1.0)
                ELSE 1.0 END AS dispersion
    FROM cells c JOIN fitted f USING (cell)
    LEFT JOIN (SELECT cell, bool_or(abs(k - squares) > 1e-5) AS graded FROM counts GROUP BY cell) g
        USING (cell)
    LEFT JOIN ({dispersions}) d USING (cell)
"""

POSTERIOR = """
    CREATE TEMP TABLE posterior AS
    SELECT * EXCLUDE (ss, cell_dispersion),
           CASE WHEN graded THEN
               round(least((ss + 2 * cell_dispersion * m_variance)
                           / ((greatest(n - 1, 0) + 2) * m_variance), 1.0), 3)
           ELSE 1.0 END AS dispersion
    FROM (
        SELECT c.* EXCLUDE (squares), p.prior_alpha, p.prior_beta, p.graded,
               p.dispersion AS cell_dispersion,
               p.prior_alpha + c.k AS alpha, p.prior_beta + greatest(c.n - c.k, 0) AS beta,
               CASE WHEN c.n > 0 THEN greatest(c.squares - c.k * c.k / c.n, 0) ELSE 0 END AS ss,
               (p.prior_alpha + c.k) * (p.prior_beta + greatest(c.n - c.k, 0))
                   / pow(p.prior_alpha + p.prior_beta + c.n, 2) AS m_variance,
               false AS predicted
        FROM counts c JOIN cells p USING (cell)
    )
"""

SCORES = f"""
    SELECT p.problem_id, $policy AS policy, $group_size::BIGINT AS group_size, p.n_rollouts,
           p.n_correct, p.n_undecided, p.n_truncated, p.n AS n_effective,
           CASE WHEN p.n > 0 THEN p.k / p.n END AS mean_reward, dispersion, p.prior_alpha,
           p.prior_beta, alpha, beta, alpha / (alpha + beta) AS pass_rate, s.p_mixed,
           $signal AS signal, s.signal_value, p.tokens AS tokens_per_rollout,
           p.confidence * s.signal_value / ($group_size * p.tokens) AS informativeness,
           p.predicted, {AUDIT} AS audit, $run_id::UUID AS run_id
    FROM posterior p JOIN signals s USING (alpha, beta, dispersion)
"""


def place_priors(connection: "DuckDBPyConnection") -> None:
    """Fit the prior of each cell and write it, with the cell's dispersion, to `cells`."""
    import polars as pl

    states: dict[str, Any] = connection.execute(STATES).fetchnumpy()
    ((n_cells,),) = connection.execute("SELECT count(*) FROM cells").fetchall()
    seen = {int(one) for one in states["cell"]}
    families = dict(connection.execute("SELECT cell, family_number FROM cells").fetchall())
    unseen = [cell for cell in range(n_cells) if cell not in seen]  # all verdicts undecided
    columns = {name: list(values) for name, values in states.items()}
    for cell in unseen:
        row = {"cell": cell, "family_number": families[cell], "n": 0.0, "k": 0.0, "problems": 0}
        for name, value in row.items():
            columns[name].append(value)
    alpha, beta = fit_priors(
        cells=columns["cell"],
        families=columns["family_number"],
        n=columns["n"],
        k=columns["k"],
        problems=columns["problems"],
    )
    fitted = pl.DataFrame({"cell": range(n_cells), "alpha": alpha, "beta": beta})
    connection.register("fitted", fitted.to_arrow())
    connection.execute(PLACE.format(dispersions=DISPERSIONS))


def make_posterior(connection: "DuckDBPyConnection") -> None:
    """Make the temporary table `posterior`, a row a problem of `counts`."""
    connection.execute(POSTERIOR)


def write_scores(
    connection: "DuckDBPyConnection", *, policy: str, group_size: int, signal: str, run_id: UUID
) -> None:
    """Put the scores of `posterior` in the place of the policy's older ones for the group size."""
    import polars as pl

    states = connection.execute(
        "SELECT DISTINCT alpha, beta, dispersion FROM posterior"
    ).fetchnumpy()
    mixed = SIGNALS["p_mixed"](**states, group_size=group_size)
    value = mixed if signal == "p_mixed" else SIGNALS[signal](**states, group_size=group_size)
    signals = pl.DataFrame({**states, "p_mixed": mixed, "signal_value": value})
    connection.register("signals", signals.to_arrow())
    connection.execute(
        "DELETE FROM scores WHERE policy = ? AND group_size = ?", [policy, group_size]
    )
    connection.execute(
        f"INSERT INTO scores BY NAME {SCORES}",
        {"policy": policy, "group_size": group_size, "signal": signal, "run_id": str(run_id)},
    )
