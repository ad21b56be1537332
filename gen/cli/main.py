"""`gen`: the commands, and the one place where an error becomes one line and an exit status.

$ gen problems --domain math -n 1000
$ gen solve
gen: unknown command 'solve': did you mean solutions?
"""

import os
import sys

import click

from gen.cli import (
    certainty,
    certify,
    curating,
    evaluation,
    export,
    grade,
    inspect,
    looking,
    new_domain,
    probe,
    problems,
    recipe,
    score,
    select,
    serve_model,
    serving,
    solutions,
    training,
    verify,
)
from verifiers.errors import AssayError, UnknownName


class Commands(click.Group):
    """The group, with the nearest names for a command that does not exist."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; raises UnknownName."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            raise UnknownName("command", args[0], self.commands)
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are used."""
        return list(self.commands)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="assay", prog_name="gen")
def cli() -> None:
    """Make training data that checks itself: generate, verify, select, export, train."""


for command in (
    inspect.domains,
    problems.problems,
    solutions.solutions,
    verify.verify,
    certify.certify,
    certify.calibrate,
    certainty.certainty,
    score.score,
    probe.probe,
    curating.dedup,
    curating.decontaminate,
    select.select,
    export.export,
    export.card,
    training.train,
    training.distill,
    evaluation.evaluate,
    recipe.run,
    grade.grade,
    serving.serve_rewards,
    serve_model.serve_model,
    inspect.sql,
    looking.report,
    looking.view,
    new_domain.new_domain,
    inspect.doctor,
):
    cli.add_command(command)


def main() -> None:
    """Run `gen`; the exit status is 0, 1 for a failure, 2 for bad input, 130 when interrupted."""
    try:
        status = cli.main(standalone_mode=False)
    except AssayError as error:
        _fail(str(error), error.exit_status)
    except click.UsageError as error:
        _fail(error.format_message(), 2)
    except click.ClickException as error:
        _fail(error.format_message(), 1)
    except (KeyboardInterrupt, click.Abort):
        _fail("interrupted; what was finished is kept: run the same command to go on", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        _fail(f"{error.strerror or error}{where}", 1)
    except Exception as error:
        if os.environ.get("ASSAY_DEBUG"):
            raise
        _fail(
            f"this is a defect of Assay: {type(error).__name__}: {' '.join(str(error).split())}; "
            "set ASSAY_DEBUG=1 for the traceback, and report it",
            70,
        )
    else:
        sys.exit(status if isinstance(status, int) else 0)


def _fail(message: str, status: int) -> None:
    print(f"gen: {message}", file=sys.stderr)
    sys.exit(status)
