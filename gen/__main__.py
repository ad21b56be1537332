"""`python -m gen` is `gen`, for launchers that take a module: accelerate launch -m gen train ..."""

from gen.cli import main

main()
