"""The code verifier: programs are run in the sandbox and judged by tests that they never see."""

from verifiers.code.verifier import CodeVerifier

__all__ = ["CodeVerifier"]
