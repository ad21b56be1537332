"""Judging: answer extraction, verifiers, and grading in parallel. Imports from no other room."""
