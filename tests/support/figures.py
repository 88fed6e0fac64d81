"""Which figures open their rows on which page, by the page's address."""

from metrics.figures import (
    ABSENCE_FIGURES,
    AGENT_FIGURES,
    ATTEMPT_FIGURES,
    CALL_FIGURES,
    CALLBACK_FIGURES,
    COVERAGE_FIGURES,
    SATISFACTION_FIGURES,
    SOLVED_FIGURES,
)

FIGURES_OF_PAGES = {
    "calls": CALL_FIGURES + AGENT_FIGURES + SOLVED_FIGURES,
    "callbacks": CALLBACK_FIGURES,
    "notes": ATTEMPT_FIGURES,
    "coverage": COVERAGE_FIGURES,
    # Who looks here as the quality manager may not know how many reasons are none (R4).
    "absence": tuple(figure for figure in ABSENCE_FIGURES if figure.id != "not_a_reason"),
    "satisfaction": SATISFACTION_FIGURES,
}
