"""A simulated year of the agency, with planted truths (docs/demo.md): behaviour is simulated, figures follow."""

from data_access.demo.texts import DANISH

DEFAULT_SEED, DEFAULT_MONTHS, DEFAULT_SCALE, DEFAULT_LANGUAGE = 3, 12, 1, DANISH
