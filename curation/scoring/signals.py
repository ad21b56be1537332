"""What a group of rollouts is expected to teach, of a pass rate that is known as Beta(a, b).

    p_mixed(alpha=np.array([1.0]), beta=np.array([1.0]), group_size=8)    ->  array([0.7778])
    dr_grpo(alpha=np.array([1.0]), beta=np.array([1.0]), group_size=8)    ->  array([0.2917])

A group-relative trainer draws G rollouts of a problem and weighs each by its advantage A_i. Where K
of them are right, K is beta-binomial(G, a, b), and with g+ and g- the mean gradients of log
likelihood of right and wrong ones, the group moves the policy by

    1/G sum_i A_i g_i = 1/2 mean_i |A_i| (g+ - g-)

for any advantage that is (r_i - mean r) over something common to the group. So mean |A| is the
size of the lesson; its expectation over K is the signal, dimensionless, in [0, 1], a group:

* `grpo` (Shao et al. 2024, arXiv:2402.03300): A_i = (r_i - p) / (s + 0.0001), p = K/G, with s the
  sample deviation, sqrt(G / (G - 1) p (1 - p)): TRL 1.16 divides by G - 1 (`trl.trainer.utils.
  nanstd`, Bessel's correction) and adds 0.0001 (`GRPOTrainer`).
  mean |A| = 2 p (1 - p) / (s + 0.0001), summed over the distribution of K.
* `dr_grpo` (Liu et al. 2025, arXiv:2503.20783): A_i = r_i - p. mean |A| = 2 p (1 - p), with
  E[p (1 - p)] = (G - 1) / G * a b / ((a + b) (a + b + 1)).
* `p_mixed`: the chance that the group has both right and wrong rollouts, without which all
  advantages are 0: 1 - B(a + G, b) / B(a, b) - B(a, b + G) / B(a, b). Times (G - 1) / G it is also
  the expected mean of A_i^2 under GRPO.

Graded rewards come in by their moments. A reward in [0, 1] of mean m has at most the variance
m (1 - m) of a 0/1 reward; `dispersion` in [0, 1] is the share of it that a problem's rewards have.
They are taken to be 0 or 1 (with chance m) in that share of the rollouts, and m in the others: a
distribution of the right mean and variance. Then p_mixed is 1 - d^G (the two ratios of B) -
(1 - d)^G; the expected variance within a group, and with it `dr_grpo`, is d times that of 0/1
rewards; `grpo`, a ratio of variance and deviation, is sqrt(d) times it, to first order.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Signal = Callable[..., Any]

TRL_EPSILON = 1e-4
"""What TRL 1.16 adds to a group's deviation before it divides by it."""


def p_mixed(
    *, alpha: "np.ndarray", beta: "np.ndarray", group_size: int, dispersion: Any = 1.0
) -> "np.ndarray":
    """The chance of a group whose rewards are not all equal."""
    import numpy as np

    all_right = np.ones_like(alpha)
    all_wrong = np.ones_like(alpha)
    for i in range(group_size):  # B(a + G, b) / B(a, b), without a logarithm
        all_right *= (alpha + i) / (alpha + beta + i)
        all_wrong *= (beta + i) / (alpha + beta + i)
    undivided = (all_right + all_wrong) * dispersion**group_size + (1 - dispersion) ** group_size
    return np.clip(1.0 - undivided, 0.0, 1.0)


def grpo(
    *, alpha: "np.ndarray", beta: "np.ndarray", group_size: int, dispersion: Any = 1.0
) -> "np.ndarray":
    """The expected mean of |A| under GRPO as TRL computes it."""
    import numpy as np

    expected = np.zeros_like(alpha)
    for n_right, chance in enumerate(beta_binomial(alpha=alpha, beta=beta, n=group_size)):
        variance = n_right / group_size * (1 - n_right / group_size)
        deviation = (variance * group_size / (group_size - 1)) ** 0.5
        expected += chance * (2 * variance / (deviation + TRL_EPSILON))
    return expected * np.sqrt(dispersion)


def dr_grpo(
    *, alpha: "np.ndarray", beta: "np.ndarray", group_size: int, dispersion: Any = 1.0
) -> "np.ndarray":
    """The expected mean of |A| under Dr. GRPO."""
    n = alpha + beta
    of_one = alpha * beta / (n * (n + 1))
    return 2 * dispersion * (group_size - 1) / group_size * of_one


SIGNALS: dict[str, Signal] = {"p_mixed": p_mixed, "grpo": grpo, "dr_grpo": dr_grpo}


def beta_binomial(*, alpha: "np.ndarray", beta: "np.ndarray", n: int) -> "list[np.ndarray]":
    """The chances of 0, 1, ..., n right rollouts of n, each for all pairs of alpha and beta.

    By the ratio of neighbours, P(k + 1) / P(k) = (n - k) (a + k) / ((k + 1) (b + n - k - 1)), in
    logarithms, since P(0) may be too small for a float.
    """
    import numpy as np

    log_chance = np.zeros_like(alpha)
    for i in range(n):
        log_chance += np.log((beta + i) / (alpha + beta + i))
    chances = [np.exp(log_chance)]
    for k in range(n):
        ratio = (n - k) * (alpha + k) / ((k + 1) * (beta + n - k - 1))
        log_chance = log_chance + np.log(ratio)
        chances.append(np.exp(log_chance))
    return chances
