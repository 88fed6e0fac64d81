"""The simulated agency's telephones go on ringing: stored as Relatel's are, by people on shift, one call at a time."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from support.databases import Load
from support.relatel_runs import Watch
from support.templates import END_OF_MONTH

from data_access.demo.telephones import SimulatedRelatel
from data_access.questions.phones import live_calls, people_on_phones, phone_source_state, unheard_voicemails
from data_access.relatel.api import StoppedError
from data_access.relatel.sync import Sync
from data_access.scope import Scope
from data_access.sources.files import FileRefusedError
from metrics.house_rules import HouseRules
from metrics.phones import TALKING

EVERYTHING = Scope(sees_everything=True, may_see_customers=True, may_see_reasons=True)
Rows = Callable[[str], list[tuple[object, ...]]]


def telephones(watch: Watch, rules: HouseRules) -> SimulatedRelatel:
    return SimulatedRelatel("", "", watch.clock, 600, read_rules=lambda: rules, rng=np.random.default_rng(1))


def follow(watch: Watch, rules: HouseRules, minutes: int) -> SimulatedRelatel:
    """Look each minute for so many minutes; gives the telephones that were looked at."""
    watch.ends_at = watch.now() + timedelta(minutes=minutes)
    api = telephones(watch, rules)
    sync = Sync(api, lambda: rules, follows=True, say=pytest.fail, simulated=True)
    with suppress(StoppedError):
        sync.follow(watch.now(), poll_seconds=60)
    sync.poll()
    return api


@pytest.mark.usefixtures("simulated_month")
def test_calls_are_stored_as_told_of_people_on_shift(house_rules: HouseRules, rows_of: Rows) -> None:
    # In the middle of the afternoon no shift begins or ends.
    watch = Watch(END_OF_MONTH + timedelta(hours=1))
    api = follow(watch, house_rules, minutes=15)
    told = api.calls()
    ended = {(call["call_uuid"], len(call["nodes"])) for call in told if call["ended_at"]}
    stored = rows_of(
        "SELECT call.source_id, COUNT(ring.id) FROM call LEFT JOIN ring ON ring.call_id = call.id"
        " WHERE call.source_id LIKE 'live%' GROUP BY call.source_id"
    )
    # On a Thursday at one some 40 calls an hour come in.
    assert len(ended) >= 4
    assert set(stored) == ended
    state = phone_source_state(EVERYTHING, house_rules, watch.now())
    assert state is not None
    assert (state.follows, state.is_late, state.problem) == (True, False, None)
    assert len(live_calls(EVERYTHING, house_rules, watch.now())) == sum(not call["ended_at"] for call in told)
    left = {call["call_uuid"] for call in told if call["status"] == "voicemail"}
    assert len(unheard_voicemails(EVERYTHING, house_rules, watch.now())) <= len(left)
    on_phones = people_on_phones(EVERYTHING, house_rules, watch.now())
    # Whoever is talking when their shift ends talks on.
    assert set(on_phones.loc[~on_phones["on_shift"], "state"]) <= {TALKING}
    assert on_phones["on_shift"].sum() > 10
    not_on_shift = rows_of(
        "SELECT ring.id FROM ring WHERE ring.call_source_id LIKE 'live%' AND NOT EXISTS (SELECT 1 FROM shift"
        " WHERE shift.agent_id = ring.agent_id AND shift.starts_at <= ring.rang_at AND ring.rang_at < shift.ends_at)"
    )
    assert not_on_shift == []


@pytest.mark.usefixtures("simulated_month")
def test_nobody_is_rung_while_they_talk(house_rules: HouseRules) -> None:
    watch = Watch(END_OF_MONTH)
    api = telephones(watch, house_rules)
    for _minute in range(120):
        watch.pause(60)
        told = api.calls()
    legs = [leg for call in told for leg in call["nodes"] if leg["ended_at"]]
    rings = pd.DataFrame(legs)[["endpoint", "started_at", "ended_at"]].sort_values(["endpoint", "started_at"])
    until = rings.groupby("endpoint")["ended_at"].shift()
    # Some 80 calls to 25 people.
    assert until.notna().sum() > 10
    assert (rings["started_at"] >= until)[until.notna()].all()


@pytest.mark.usefixtures("simulated_month")
def test_at_night_the_phones_are_still_and_that_is_no_fault(house_rules: HouseRules) -> None:
    watch = Watch(END_OF_MONTH.replace(hour=1))
    follow(watch, house_rules, minutes=5)
    state = phone_source_state(EVERYTHING, house_rules, watch.now())
    assert state is not None
    assert (state.is_late, state.problem) == (False, None)
    assert live_calls(EVERYTHING, house_rules, watch.now()).empty


@pytest.mark.usefixtures("agency")
def test_simulated_telephones_do_not_ring_among_own_data(house_rules: HouseRules) -> None:
    watch = Watch(END_OF_MONTH)
    sync = Sync(telephones(watch, house_rules), lambda: house_rules, follows=True, say=pytest.fail, simulated=True)
    with pytest.raises(FileRefusedError, match="holds no simulated year"):
        sync.follow(watch.now())


def test_a_real_telephone_system_is_not_read_into_a_simulated_year(
    simulated_month: Load, house_rules: HouseRules
) -> None:
    assert simulated_month.rules == house_rules
    watch = Watch(END_OF_MONTH)
    with pytest.raises(FileRefusedError, match="holds a simulated year"):
        Sync(telephones(watch, house_rules), lambda: house_rules, follows=True, say=pytest.fail).follow(watch.now())
