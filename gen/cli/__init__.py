"""The `gen` command line: a module a group of commands; it alone knows every room."""

import sys

from gen.doctor import foreign_rooms


def main() -> None:
    """Run `gen`, unless another package has taken the name of one of our rooms."""
    broken = [one.advice for one in foreign_rooms() if one.state == "broken"]
    if broken:
        sys.exit(f"gen: {broken[0]}")
    from gen.cli.main import main as run

    run()
