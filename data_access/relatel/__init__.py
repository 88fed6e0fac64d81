"""Relatel, the agency's cloud telephone system: read by its API, stored as calls, followed live."""

SOURCE = "relatel"
MOST_PAGES = 5_000
"""How many pages of calls a run reads that does not follow."""
