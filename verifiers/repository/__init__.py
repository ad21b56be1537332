"""The repository verifier: a change to a repository's files, judged by its tests in the sandbox."""

from verifiers.repository.verifier import RepositoryVerifier

__all__ = ["RepositoryVerifier"]
