"""Judges programs that act step by step: trading, plant control, replenishment.

`verifier.py` is the verifier; `playing.py` leads a program through an episode; each kind of
simulator is a file of its own, and stays with the judge.
"""

from verifiers.simulation.verifier import SimulationVerifier

__all__ = ["SimulationVerifier"]
