"""A small local web app over a store: `gen view`.

Needs the extra `view`, and is imported by nobody but that command.
"""
