"""Ground truth for questions whose answer nobody constructed, with a calibrated confidence.

Answers of solvers and claims of a proposer (evidence.py) are put together by what the verifier
calls equal (agreement.py), weighed by a fitted model (confidence.py, calibration.py), and made into
a certificate (certificate.py). See docs/consensus.md.
"""

from gen.consensus.agreement import Judge, agree, read_solution
from gen.consensus.certificate import Certified, certify, certify_evidence, undecided
from gen.consensus.confidence import Calibration, Posterior, load_calibration, weigh
from gen.consensus.evidence import Answer, Candidate, Evidence

__all__ = [
    "Answer",
    "Calibration",
    "Candidate",
    "Certified",
    "Evidence",
    "Judge",
    "Posterior",
    "agree",
    "certify",
    "certify_evidence",
    "load_calibration",
    "read_solution",
    "undecided",
    "weigh",
]
