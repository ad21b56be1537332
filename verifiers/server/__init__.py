"""The verifiers as a reward server: verdicts over HTTP, in the words of several trainers.

Needs the extra `serve`, and is imported by nobody but `gen serve-rewards`.
"""
