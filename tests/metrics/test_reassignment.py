"""K1 and B2 of a hand-over as tables: who is no longer active, and whether KC keeps its four days."""

from datetime import date, timedelta

import pytest

from metrics.reassignment import DeskLoad, Traces, grows, keeps_its_target, why_no_longer_active

TODAY = date(2026, 5, 6)
WATCHED = {"known_since": date(2026, 1, 1), "known_until": TODAY}
SILENT_DAYS = 30


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


@pytest.mark.parametrize(
    ("traces", "why"),
    [
        (Traces(left_on=TODAY), "left"),  # the first day no longer employed
        (Traces(left_on=day(1)), None),  # leaves tomorrow, works today
        (Traces(left_on=day(-9), last_call=day(-10)), "left"),
        (Traces(left_on=day(-9), last_call=day(-9)), None),  # took a call after he had left: the date is wrong
        (Traces(left_on=day(-9), last_note=day(-1)), None),
        (Traces(left_on=day(-9), next_shift=day(3)), "left"),  # a rota that nobody has tidied up
        (Traces(is_disabled=True, last_call=TODAY), "disabled"),
        (Traces(is_listed=True), "listed"),
        (Traces(is_listed=True, last_call=day(-1)), "listed"),  # the list in force decides (K1)
        (Traces(is_listed=True, next_shift=TODAY), "listed"),  # with shifts ahead, who hands over is asked twice
        (Traces(), None),  # nobody has watched, so silence says nothing
        (Traces(**WATCHED), "silent"),  # watched since January and never seen
        (Traces(last_call=day(-30), **WATCHED), "silent"),  # exactly 30 days
        (Traces(last_call=day(-29), **WATCHED), None),
        (Traces(last_note=day(-29), **WATCHED), None),
        (Traces(last_shift=day(-29), **WATCHED), None),
        (Traces(next_shift=day(20), **WATCHED), None),  # comes back in three weeks
        (Traces(is_away=True, **WATCHED), None),  # on leave: somebody knows where he is
        (Traces(is_on_phones=False, **WATCHED), None),  # a lead who owns customers and takes no calls
        (Traces(back_since=day(-29), **WATCHED), None),  # back from leave, or hired, 29 days ago
        (Traces(back_since=day(-30), **WATCHED), "silent"),
        (Traces(left_on=day(-90), last_note=day(-60), is_listed=True), "listed"),  # a late note does not keep him
        (Traces(left_on=day(-90), last_note=day(-60), **WATCHED), "silent"),
        (Traces(left_on=day(-90), last_note=day(-60), is_disabled=True), "disabled"),
        (Traces(known_since=day(-29), known_until=TODAY), None),  # watched for 29 days only
        (Traces(known_since=day(-30), known_until=TODAY), "silent"),
        (Traces(known_since=day(-99)), None),  # until when is not known
        (Traces(known_until=TODAY), None),  # nor since when
        (
            Traces(last_call=day(-40), known_since=day(-99), known_until=day(-20)),
            None,
        ),  # the sources stopped before him
    ],
)
def test_a_case_handler_counts_as_no_longer_active_for_a_reason(traces: Traces, why: str | None) -> None:
    assert why_no_longer_active(traces, TODAY, SILENT_DAYS) == why


@pytest.mark.parametrize(
    ("open_requests", "finished_per_day", "days", "keeps"),
    [
        (0, 0.0, 0.0, True),  # nothing to do
        (1, 0.0, None, False),  # nothing is ever finished
        (40, 10.0, 4.0, True),  # exactly four days
        (41, 10.0, 4.1, False),
        (150, 12.5, 12.0, False),
    ],
)
def test_kc_keeps_its_four_days_while_the_open_ones_are_cleared_in_them(
    open_requests: int, finished_per_day: float, days: float | None, keeps: bool
) -> None:
    load = DeskLoad(open_requests, 0.0, finished_per_day)
    assert load.days_to_clear == pytest.approx(days)
    assert keeps_its_target(load, timedelta(days=4)) is keeps


@pytest.mark.parametrize(("arriving", "finished", "does"), [(3.0, 3.0, False), (3.1, 3.0, True), (0.0, 0.0, False)])
def test_a_desk_grows_when_more_comes_than_is_finished(arriving: float, finished: float, does: bool) -> None:
    assert grows(DeskLoad(5, arriving, finished)) is does
