"""Where sampling and judging happen when one machine is not enough."""
