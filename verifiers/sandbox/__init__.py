"""Runs programs that nobody trusts: isolated, limited, killed at the end with all they started.

`sandbox.py` and `remote.py` are the judge's side; `server.py`, `cell.py`, `program.py` and
`tester.py` run beyond it.
"""
