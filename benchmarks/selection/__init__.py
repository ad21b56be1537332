"""The proof that selection pays: the same trainer, seeds and tokens under six ways of choosing.

`python -m benchmarks.selection` runs what is missing and writes table and plot; see README.md.
"""
