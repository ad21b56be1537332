"""What training is worth: a model's accuracy on a family before and after it.

See README.md; started by `python -m benchmarks.learning`.
"""
