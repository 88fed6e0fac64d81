"""A simulated year of the agency, with planted truths (docs/demo.md): behaviour is simulated, figures follow."""

DEFAULT_SEED, DEFAULT_MONTHS, DEFAULT_SCALE = 1, 12, 1
