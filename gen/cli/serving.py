"""`gen serve-rewards`: the verifiers as a reward server.

$ gen serve-rewards --verifier math --port 8000
http://127.0.0.1:8000
"""

from importlib.util import find_spec
from pathlib import Path

import click

from gen.cli.options import (
    isolation_option,
    json_option,
    report,
    wall_option,
    workers_option,
)

NEEDS = ("fastapi", "uvicorn", "prometheus_client")


@click.command("serve-rewards")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Others than loopback need a token."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8_000,
    show_default=True,
    help="0 takes a free one.",
)
@click.option("--verifier", help="For requests that name none.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="File with the token that clients must send; ASSAY_TOKEN unless given.",
)
@workers_option
@isolation_option
@wall_option
@click.option(
    "--max-body-mb",
    type=click.FloatRange(0.001, 1_024),
    default=16.0,
    show_default=True,
    help="Largest request, in MiB.",
)
@click.option(
    "--max-items", type=click.IntRange(1), default=4_096, show_default=True, help="Largest batch."
)
@click.option(
    "--max-in-flight",
    type=click.IntRange(1),
    default=8_192,
    show_default=True,
    help="Items taken at once; beyond it clients are told to come back.",
)
@click.option(
    "--read-s",
    type=click.FloatRange(0.1),
    default=30.0,
    show_default=True,
    help="Seconds a client has to send its request.",
)
@click.option(
    "--drain-s",
    type=click.FloatRange(1.0),
    default=60.0,
    show_default=True,
    help="Seconds that requests in flight get at the end.",
)
@json_option
def serve_rewards(
    host: str,
    port: int,
    verifier: str | None,
    token_file: Path | None,
    workers: int | None,
    wall_s: float,
    max_body_mb: float,
    max_items: int,
    max_in_flight: int,
    read_s: float,
    drain_s: float,
    as_json: bool,
) -> None:
    """Serve verdicts over HTTP, to OpenRLHF, verl, NeMo Gym and others."""
    import os
    import sys

    from verifiers.errors import BadInput
    from verifiers.pool import GradingPool

    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        names = ", ".join(missing).replace("_", "-")
        raise BadInput(f"the server needs more packages: install assay[serve] (missing: {names})")
    from verifiers.server.intake import Limits
    from verifiers.server.run import known_token, listen, serve

    limits = Limits(
        body_bytes=round(max_body_mb * (1 << 20)),
        items=max_items,
        in_flight=max_in_flight,
        read_s=read_s,
    )
    token = known_token(token_file, os.environ.get("ASSAY_TOKEN"))

    def started(url: str) -> None:
        report({"url": url}, as_json=as_json, sentence=url)
        sys.stdout.flush()  # who waits for it may read a pipe

    with (
        listen(host, port, token=token) as listener,
        GradingPool(workers=workers, wall_s=wall_s) as pool,
    ):
        serve(
            pool,
            listener,
            verifier=verifier,
            token=token,
            limits=limits,
            drain_s=drain_s,
            on_start=started,
        )
