"""Judges plans: a checker a kind says whether a plan is feasible and what it costs or earns.

`verifier.py` is the verifier, `truth.py` the table of kinds; each kind is a file of its own.
"""

from verifiers.plan.verifier import PlanVerifier

__all__ = ["PlanVerifier"]
