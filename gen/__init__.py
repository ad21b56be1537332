"""Making: the `gen` command line, problem families by domain, prompts, model backends, pipeline."""
