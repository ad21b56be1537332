"""`gen serve-model`: a model behind an OpenAI-compatible server, looked after.

$ gen serve-model cpu:smollm2-135m --port 8000
http://127.0.0.1:8000/v1#cpu:smollm2-135m
"""

import click

from gen.cli.backends import parallel_options
from gen.cli.options import json_option, report


@click.command(
    "serve-model", context_settings={"ignore_unknown_options": True, "allow_extra_args": True}
)
@click.argument("model", metavar="MODEL")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8_000,
    show_default=True,
    help="0 takes a free one.",
)
@parallel_options
@json_option
@click.pass_context
def serve_model(
    context: click.Context,
    model: str,
    host: str,
    port: int,
    tensor_parallel: int | None,
    data_parallel: int | None,
    as_json: bool,
) -> None:
    """Serve a model over HTTP with vLLM, and start it again when it dies.

    MODEL is vllm:NAME_OR_DIR or cpu:NAME_OR_DIR. What comes after `--` goes to vLLM as it is, such
    as `-- --max-model-len 4096`. Prints what `--model` takes once the server answers.
    """
    import logging
    import signal
    import sys

    from gen.backends.base import BackendOptions, ModelName
    from gen.backends.served import vllm_server
    from verifiers.errors import BadInput

    if ModelName.parse(model).kind == "http":
        raise BadInput(f"{model} is served already: name vllm:NAME_OR_DIR or cpu:NAME_OR_DIR")
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    options = BackendOptions(tensor_parallel=tensor_parallel, data_parallel=data_parallel)
    server = vllm_server(model, host=host, port=port, options=options, extra=context.args)

    def started(url: str) -> None:
        report({"model": url}, as_json=as_json, sentence=url)
        sys.stdout.flush()  # who waits for it may read a pipe

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: server.stop())
    server.run(on_ready=started)
