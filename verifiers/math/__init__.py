"""Math verification: answers read into checked syntax trees and compared in layers.

`verifier.py` is where to begin: `reader.py` makes the tree, `compare.py` compares two of them by
the type of the ground truth, `expressions.py` decides on expressions and asks sympy last, in a
killable process.
"""

from verifiers.math.verifier import MathVerifier

__all__ = ["MathVerifier"]
