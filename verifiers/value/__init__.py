"""Value verification: a number with its unit, a date, a choice, or a record or list of them.

`verifier.py` is where to begin: `truths.py` has the ground truth's format, `amounts.py`, `units.py`
and `dates.py` read what an answer states, `judging.py` compares.
"""

from verifiers.value.verifier import ValueVerifier

__all__ = ["ValueVerifier"]
