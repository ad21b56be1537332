"""Math verification: answers read into checked syntax trees and compared in layers.

`verifier.py` is where to begin: reader (notation, lexer, parser, units, words, moments), then
compare
(normal forms, numbers, sets, equations, families, functions), then sympy in a killable process.
"""

from verifiers.math.verifier import MathVerifier

__all__ = ["MathVerifier"]
