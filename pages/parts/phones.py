"""The telephone system as it is now: who talks, who waits, and whether that is known at all. Shown on several pages."""

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from data_access.questions.phones import (
    PhoneSource,
    latest_call,
    live_calls,
    people_on_phones,
    phone_source_state,
    unheard_voicemails,
    unmapped_employees,
    waiting_callers,
)
from data_access.scope import Scope, scope_of
from data_access.settings import current_rules, now
from metrics.house_rules import HouseRules
from metrics.phones import BUSY, FREE, RINGING, TALKING
from pages.parts.gate import enter
from pages.parts.tables import in_zone, show_table
from pages.parts.wording import _, age, clock_length, escaped, local_time, ngettext, number, short_time
from pages.parts.words import DIRECTION_LABELS, OUTCOME_LABELS, PHONE_STATES, SOURCE_PROBLEMS

MOST_NAMED = 6
SAID_IN_MINUTES = 120
GREY = """<style>
[data-testid="stMain"] :is([data-testid="stMetric"], [data-testid="stDataFrame"], .stBidiComponent,
[data-testid="stVegaLiteChart"], h2,
.st-key-phones_now)
{ filter: grayscale(1); opacity: 0.55; }
</style>"""


@st.fragment(run_every=5)
def phones_now(*, in_detail: bool) -> None:
    """Who talks, who waits, who is free; looked at again every five seconds. Nothing where nothing is live."""
    scope = scope_of(enter(is_touch=False))
    rules, at = current_rules(), now()
    source = phone_source_state(scope, rules, at)
    if source is None:
        return
    say_how_it_stands(source, at)
    if not source.follows:
        return
    # What is late stands still: nobody knows how long who waited then has been waiting since.
    as_of = source.answered_at if source.is_late and source.answered_at else at
    calls, people = live_calls(scope, rules, as_of), people_on_phones(scope, rules, as_of)
    strip(calls, people, at)
    foot(source, latest_call(scope, rules, at), at)
    if in_detail:
        details(calls, people, unheard_voicemails(scope, rules, at), rules)


def say_how_it_stands(source: PhoneSource, at: datetime) -> None:
    """Whether the telephone system answers; where it is late, what is on the page turns grey."""
    name = escaped(source.source[:1].upper() + source.source[1:])
    if source.is_late:
        st.html(GREY)
    if source.problem and source.failing_since:
        text = _(
            "{source} has not answered as it should since {time}: {reason}.",
            source=name,
            time=short_time(source.failing_since, at),
            reason=in_words(SOURCE_PROBLEMS, source.problem),
        )
        if source.detail:
            text += f" ({escaped(source.detail)})"
        tone = st.error if source.is_late else st.warning
        tone(f"{text} {how_old(source, at)}", icon=":material/phone_disabled:")
    elif source.is_late:
        text = _("Nobody has asked {source} for a while.", source=name)
        st.error(f"{text} {how_old(source, at)}", icon=":material/phone_disabled:")
    if source.clock_ahead_seconds:
        minutes = max(abs(source.clock_ahead_seconds) // 60, 1)
        text = (
            _("The clock of {source} is ahead of ours", source=name)
            if source.clock_ahead_seconds > 0
            else _("The clock of {source} is behind ours", source=name)
        )
        st.warning(text + ": " + ngettext("{count} minute", "{count} minutes", minutes), icon=":material/schedule:")


def in_words(texts: dict[str, str], word: str) -> str:
    """A word of ours as a text; another's as it is, safe inside Markdown."""
    return _(texts[word]) if word in texts else escaped(word)


def how_old(source: PhoneSource, at: datetime) -> str:
    """How old what is shown is; nothing where the calls themselves come in time."""
    if source.answered_at is not None and not source.is_late and source.follows:
        return ""
    if source.answered_at is None:
        return _("Nothing has come from it yet, so nobody knows how many calls there were.")
    return _(
        "What you see of the phones is {age} old; later calls are missing in every figure.",
        age=age(at - source.answered_at),
    )


def strip(calls: pd.DataFrame, people: pd.DataFrame, at: datetime) -> None:
    """Who waits, talks, is free and has shut the phone off, in one line; names as long as they are few."""
    waiting = waiting_callers(calls)
    blocked = people[people["is_blocked"]]
    longest = _("longest {length}", length=clock_length(int(waiting["seconds"].max()))) if len(waiting) else ""
    on_the_phone = people[people["state"].isin((TALKING, RINGING, BUSY))]
    free = people[people["state"] == FREE]
    since = [
        _("{agent} since {time}", agent=escaped(row.agent), time=short_time(row.since, at))
        for row in blocked.itertuples()
    ]
    shown = (
        (ngettext("caller waits", "callers wait", len(waiting)), len(waiting), longest),
        (_("on the phone"), len(on_the_phone), names_of(on_the_phone)),
        (_("free to take a call"), len(free), names_of(free)),
        (_("do not disturb on shift"), len(blocked), ", ".join(since)),
    )
    parts = [f"**{number(count)}** {label}" + (f" ({names})" if names else "") for label, count, names in shown]
    with st.container(key="phones_now"):
        st.markdown(" · ".join(parts))


def names_of(people: pd.DataFrame) -> str:
    return ", ".join(escaped(who) for who in people["agent"]) if len(people) <= MOST_NAMED else ""


def foot(source: PhoneSource, latest: tuple[datetime, str | None, str] | None, at: datetime) -> None:
    """How old this is, since when it is watched, and the call that ended last."""
    sentences = []
    if source.answered_at is not None:
        seconds = max(int((at - source.answered_at).total_seconds()), 0)
        if seconds < SAID_IN_MINUTES:
            sentences.append(ngettext("Phones as of {count} second ago.", "Phones as of {count} seconds ago.", seconds))
        else:
            sentences.append(_("Phones as of {age} ago.", age=age(at - source.answered_at)))
    if source.watching_since is not None:
        sentences.append(_("Watched without a gap since {time}.", time=short_time(source.watching_since, at)))
    if latest is not None:
        ended_at, queue, outcome = latest
        clock = f"{ended_at.astimezone(current_rules().tzinfo):%H:%M:%S}"
        what = ", ".join(part for part in (escaped(queue) if queue else "", in_words(OUTCOME_LABELS, outcome)) if part)
        sentences.append(_("Last call ended {time}: {what}.", time=clock, what=what))
    if source.unread_from is not None:
        sentences.append(_("Calls since {time} are still being read.", time=local_time(source.unread_from)))
    st.caption(" ".join(sentences))


def details(calls: pd.DataFrame, people: pd.DataFrame, messages: pd.DataFrame, rules: HouseRules) -> None:
    """Every call that goes on, everybody on the phones, and messages that nobody has heard."""
    title = ngettext("Phones now: {count} call goes on", "Phones now: {count} calls go on", len(calls))
    if len(messages):
        title += ngettext(", {count} voicemail is not heard", ", {count} voicemails are not heard", len(messages))
    with st.expander(title):
        table(calls_in_words(calls, rules), "live_calls", call_columns(), _("No call goes on."))
        table(people_in_words(people, rules), "people_on_phones", people_columns(), _("Nobody is on the phones."))
        shown = messages.assign(left_at=in_zone(messages["left_at"], rules.zone))
        table(shown, "voicemails", message_columns(), _("Every voicemail has been heard."))


def table(rows: pd.DataFrame, key: str, columns: dict[str, Any], nothing: str) -> None:
    if rows.empty:
        st.caption(nothing)
        return
    show_table(
        rows,
        columns,
        key=key,
    )


def calls_in_words(calls: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
    return calls.assign(
        state=[_(PHONE_STATES[state]) for state in calls["state"]],
        direction=[_(DIRECTION_LABELS.get(direction, direction)) for direction in calls["direction"]],
        started_at=in_zone(calls["started_at"], rules.zone),
        seconds=[clock_length(seconds) for seconds in calls["seconds"]],
    )


def people_in_words(people: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
    shown = people.assign(
        state=[_(PHONE_STATES[state]) for state in people["state"]],
        since=in_zone(people["since"], rules.zone),
        until=in_zone(people["until"], rules.zone),
    )
    return shown.drop(columns="is_blocked")


def call_columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "direction": _("Direction"),
        "queue": _("Queue"),
        "agents": _("Who"),
        "state": _("State"),
        "started_at": column.DatetimeColumn(_("Started"), format="HH:mm:ss"),
        "seconds": column.TextColumn(_("For"), help=_("Minutes and seconds, since the call rang or was answered.")),
        "customer": _("Customer"),
    }


def people_columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "agent": column.TextColumn(_("Agent"), pinned=True),
        "team": _("Team"),
        "state": _("State"),
        "since": column.DatetimeColumn(_("Since"), format="HH:mm:ss", help=_("As far back as it has been watched.")),
        "until": column.DatetimeColumn(_("Do not disturb until"), format="HH:mm"),
        "on_shift": column.CheckboxColumn(_("On shift"), help=_("By the rota, minus absence (R1).")),
    }


def message_columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "left_at": column.DatetimeColumn(_("Left at"), format="DD.MM. HH:mm"),
        "queue": _("Queue"),
        "customer": _("Customer"),
        "duration_seconds": _("Seconds"),
    }


def employees_to_map(scope: Scope) -> None:
    """Employees of the telephone system whom nobody is known by, and the file that says who they are."""
    unknown = unmapped_employees(scope)
    if unknown.empty:
        return
    text = ngettext(
        "{count} employee of the telephone system is nobody here. The calls count; who took them is not known.",
        "{count} employees of the telephone system are nobody here. The calls count; who took them is not known.",
        len(unknown),
    )
    st.warning(text, icon=":material/person_search:")
    with st.expander(_("Say who they are")):
        names = {"source": _("Source"), "endpoint": _("Name in the source"), "name": _("Name"), "rings": _("Rings")}
        show_table(
            unknown,
            names,
            key="unmapped",
        )
        st.markdown(_("Put the initials in front of each line, save it as aliases.csv, and load it:"))
        lines = [f",{row.source},{row.endpoint}" for row in unknown.itertuples()]
        st.code("\n".join(["agent,source,source_agent", *lines]), language=None)
        st.code("python -m data_access import aliases aliases.csv", language="bash")
