"""The code verifiers: programs are run in the sandbox, judged by tests that they never see
(`CodeVerifier`), or for the value that they compute (`ProgramVerifier`)."""

from verifiers.code.execution import ProgramVerifier
from verifiers.code.verifier import CodeVerifier

__all__ = ["CodeVerifier", "ProgramVerifier"]
