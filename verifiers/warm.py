"""Imported once by the fork server: what a worker's first verdicts would otherwise have to load.

import verifiers.warm     # sympy, the table of units, and the caches of the math verifier
"""

import verifiers.math.sympy_process  # noqa: F401
from verifiers.math.units import factor
from verifiers.registry import find_verifier

factor("km", "mile")
find_verifier("math").validate("x + \\frac{1}{2}")
