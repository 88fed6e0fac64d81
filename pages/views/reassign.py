"""The pieces of the Hand-over page: evidence, preview, confirmation, undoing."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from data_access.changes.reassignment import LONGEST_REASON, hand_over, undo
from data_access.changes.refusals import ChangeRefusedError
from data_access.questions.reassignment import Preview
from data_access.scope import Scope, Viewer
from data_access.settings import now as clock
from metrics.calendar import ONE_DAY
from metrics.figures import N_
from metrics.house_rules import HouseRules
from metrics.reassignment import DeskLoad, grows, keeps_its_target
from pages.parts.charts import stacked_bars
from pages.parts.colours import palette
from pages.parts.forms import press, refusal_words
from pages.parts.gate import still_there
from pages.parts.tables import choose_rows, chosen_positions, in_zone, show_table
from pages.parts.wording import NOTHING, _, escaped, lateness, ngettext, number
from pages.parts.words import STATE_LABELS

PASTED, REASON, UNDO_REASON = "hand_over_initials", "hand_over_reason", "undo_reason"
DESPITE_SHIFTS = "hand_over_despite_shifts"
MOST_HANDLERS_NAMED = 4
TABLES = ("reassign", "hand_overs")
"""In which nobody is chosen any more after a hand-over or its undoing."""
REFUSALS = {
    "not_allowed": N_("Nothing was changed: these customers are not yours to hand over."),
    "no_reason": N_("Nothing was changed: give a reason, in at most {most} characters."),
    "already_done": N_("Nothing was changed: {who} handed them over already, {time}."),
    "already_undone": N_("Nothing was changed: {who} undid it already, {time}."),
    "nothing_there": N_("Nothing was changed: there is nothing to hand over."),
    "active": N_("Nothing was changed: {agents} became active meanwhile."),
    "shifts_ahead": N_("Nothing was changed: {agents} stands on KC's list and has shifts ahead. Confirm it first."),
    "changed": N_("Nothing was changed: the data have changed since you looked. Look at the preview again."),
    "others": N_("Nothing was changed: you have chosen others since. Look at the preview again."),
    "newer": N_("Nothing was undone, because of what has happened since: {what}."),
}
NEWER = {
    "new_owner": N_("customers with a new owner"),
    "in_crm": N_("customers whose new owner IBA shows already"),
    "handed_on": N_("requests handed on"),
    "ended": N_("requests ended"),
    "late": N_("requests that became overdue with KC"),
    "promised": N_("promises made"),
    "told": N_("customers told the response time"),
    "tried": N_("contact attempts"),
    "called": N_("calls to these customers"),
    "written": N_("new requests of these customers"),
}


def sentence(scope: Scope, handlers: pd.DataFrame) -> None:
    """The page's question answered in words."""
    gone = handlers[handlers["why"].notna()]
    if gone.empty:
        text = (
            _("Nobody who is no longer active has customers or open requests.")
            if scope.sees_everything
            else _("Nobody in your team who is no longer active has customers or open requests.")
        )
        st.header(text, anchor=False)
        return
    text = ngettext(
        "{count} case handler seems no longer active and still has {customers}.",
        "{count} case handlers seem no longer active and still have {customers}.",
        len(gone),
        customers=customers_in_words(int(gone["customers"].sum())),
    )
    waiting, late = int(gone["open_callbacks"].sum()), int(gone["overdue"].sum())
    if waiting:
        text += " " + ngettext(
            "{count} request lies with them, {late} overdue.",
            "{count} requests lie with them, {late} overdue.",
            waiting,
            late=number(late),
        )
    st.header(text, anchor=False)


def customers_in_words(count: int) -> str:
    return ngettext("{count} customer", "{count} customers", count)


def day_in_words(day: date | None) -> str:
    return NOTHING if day is None or pd.isna(day) else f"{day:%d.%m.%Y}"


def why_words(row: Any) -> str:
    """Why somebody counts as no longer active, or what speaks against it, in words (K1)."""
    match row.why:
        case "left":
            words = _("left, last day {day} (K1)", day=day_in_words(row.left_on - ONE_DAY))
        case "disabled":
            words = _("access switched off (K1)")
        case "listed":
            words = _("on KC's list (K1)")
        case "silent":
            words = _("no call, note or shift for a long time (K1)")
        case _other:
            return _("still active")
    if isinstance(row.next_shift, date):
        words += _("; but still on the rota {day}", day=day_in_words(row.next_shift))
    return words


def choose(handlers: pd.DataFrame) -> tuple[int, ...]:
    """Who is to be handed over: rows of the table, and initials pasted or taken from KC's list."""
    gone = handlers[handlers["why"].notna()].sort_values(["open_callbacks", "agent"], ascending=[False, True])
    gone = gone.reset_index(drop=True)
    table = pd.DataFrame(
        {
            "agent": gone["agent"],
            "name": gone["name"],
            "why": [why_words(row) for row in gone.itertuples()],
            "customers": gone["customers"],
            "open_callbacks": gone["open_callbacks"],
            "overdue": gone["overdue"],
            "last_call": gone["last_call"],
            "last_note": gone["last_note"],
            "last_shift": gone["last_shift"],
        }
    )
    column = st.column_config
    form = "DD.MM.YYYY"
    ticked = choose_rows("reassign", [int(agent_id) for agent_id in gone["agent_id"]])
    show_table(
        table,
        {
            "agent": column.TextColumn(_("Agent"), pinned=True, width=90),
            "name": _("Name"),
            "why": column.TextColumn(_("Why no longer active"), width=280),
            "customers": _("Customers"),
            "open_callbacks": _("Open requests"),
            "overdue": _("Overdue"),
            "last_call": column.DateColumn(_("Last call taken"), format=form),
            "last_note": column.DateColumn(_("Last note"), format=form),
            "last_shift": column.DateColumn(_("Last shift"), format=form),
        },
        key="reassign",
        chooses="multi-row",
    )
    st.caption(_("Choose rows, or write initials. Nothing happens before you confirm."))
    line = st.container(horizontal=True, vertical_alignment="bottom")
    written = line.text_input(_("Initials"), key=PASTED, placeholder="BDA KM", max_chars=1000, width=320)
    listed = " ".join(gone.loc[gone["is_listed"], "agent"])
    line.button(
        _("Use KC's list"),
        on_click=st.session_state.__setitem__,
        args=(PASTED, listed),
        disabled=not listed,
        help=_("All handlers on KC's list who still have customers or open requests."),
    )
    return tuple(sorted(set(ticked) | ids_of(written, handlers)))


def ids_of(written: str, handlers: pd.DataFrame) -> set[int]:
    """The handlers whose initials somebody wrote; who cannot be handed over is said, with the reason."""
    ids = set()
    by_initials = handlers.set_index("agent")
    for initials in dict.fromkeys(written.upper().replace(",", " ").replace(";", " ").split()):
        if initials not in by_initials.index:
            st.warning(_("{agent} has no customers and no open requests here.", agent=escaped(initials)))
            continue
        row = by_initials.loc[initials]
        if pd.isna(row["why"]):
            st.warning(_("{agent} is still active: {signs}.", agent=escaped(initials), signs=signs_of_life(row)))
            continue
        ids.add(int(row["agent_id"]))
    return ids


def signs_of_life(row: pd.Series) -> str:
    return _(
        "last call {call}, last note {note}, next shift {shift}",
        call=day_in_words(row["last_call"]),
        note=day_in_words(row["last_note"]),
        shift=day_in_words(row["next_shift"]),
    )


def show_preview(seen: Preview, rules: HouseRules) -> None:
    """What would happen, before anything does."""
    names = ", ".join(escaped(name) for name in seen.handlers["agent"])
    st.header(_("If you confirm"), anchor=False)
    moved = ngettext("{count} open request", "{count} open requests", int((~is_unfinished(seen.callbacks)).sum()))
    st.markdown(
        _(
            "**{customers}** and **{requests}** go from {handlers} to KC. Calls, notes and attempts stay with who made "
            "them.",
            customers=customers_in_words(seen.customers),
            requests=moved,
            handlers=names,
        )
    )
    st.markdown("\n".join(f"- {text}" for text in consequences(seen)))
    clocks_table(seen.callbacks, rules)
    portfolio_table(seen.portfolios)
    show_kc(seen)


def consequences(seen: Preview) -> list[str]:
    """What becomes of clocks, promises and breaches, in words (B8)."""
    unfinished = is_unfinished(seen.callbacks)
    requests = seen.callbacks[~unfinished]
    also = []
    if count := int(unfinished.sum()):
        also.append(
            ngettext(
                "{count} matter moves too whose customer was reached but is not helped yet (K2).",
                "{count} matters move too whose customers were reached but are not helped yet (K2).",
                count,
            )
        )
    if requests.empty:
        return [_("No request is open, so no clock runs."), *also]
    moved = int((requests["due_before"] != requests["due_after"]).sum())
    lines = [
        _("No deadline moves: KC's longer time counts only once the customer was told (B8).")
        if not moved
        else ngettext("{count} deadline moves (B8).", "{count} deadlines move (B8).", moved)
    ]
    if late := int((requests["state"] == "overdue").sum()):
        lines.append(
            ngettext(
                "{count} request is overdue already and stays so.",
                "{count} requests are overdue already and stay so.",
                late,
            )
        )
    if broken := int(requests["breached"].sum()):
        lines.append(
            ngettext(
                "{count} deadline passed before; that stays with who had the request then (B8).",
                "{count} deadlines passed before; that stays with who had the request then (B8).",
                broken,
            )
        )
    if promises := int(requests["promises"].sum()):
        lines.append(
            ngettext(
                "{count} promise is pending and moves unchanged (B4).",
                "{count} promises are pending and move unchanged (B4).",
                promises,
            )
        )
    return lines + also


def is_unfinished(requests: pd.DataFrame) -> pd.Series:
    """Reached, and not done: what goes on after the clock has stopped."""
    return requests["state"] == "reached"


def clocks_table(requests: pd.DataFrame, rules: HouseRules) -> None:
    if requests.empty:
        return
    shown = requests.drop(columns=["callback_id", "promises", "breached"]).copy()
    for name in ("due_before", "due_after", "promised_to"):
        shown[name] = in_zone(shown[name], rules.zone)
    shown["state"] = [_(STATE_LABELS[state]) for state in shown["state"]]
    shown["minutes_late"] = [lateness(minutes) if minutes else None for minutes in shown["minutes_late"]]
    shown = shown.rename(columns={"minutes_late": "late"})
    time = "DD.MM. HH:mm"
    column = st.column_config
    show_table(
        shown,
        {
            "customer": column.TextColumn(_("Customer"), pinned=True),
            "agent": _("Now with"),
            "state": _("State"),
            "due_before": column.DatetimeColumn(_("Deadline as it is"), format=time),
            "rule_before": _("Rule"),
            "due_after": column.DatetimeColumn(_("Deadline with KC"), format=time),
            "rule_after": _("Rule with KC"),
            "late": _("Too late by"),
            "promised_to": column.DatetimeColumn(_("Promised until"), format=time),
        },
        key="clocks",
        most_rows=8,
    )


def portfolio_table(portfolios: pd.DataFrame) -> None:
    named = portfolios[portfolios["portfolio"].notna()]
    if named.empty:
        return
    words = ", ".join(f"{escaped(row.portfolio)}: {number(row.customers)}" for row in named.itertuples())
    st.markdown(_("Portfolios among them: {portfolios}.", portfolios=words))


def show_kc(seen: Preview) -> None:
    """What KC has to do, before and after, and whether its target still holds (B2)."""
    before, after = seen.kc_before, seen.kc_after
    target = number(seen.kc_target.days)
    st.markdown(f"**{kc_verdict(before, after, seen)}**")
    now_label, after_label = _("Now"), _("After the hand-over")
    already, more = _("With KC already"), _("Handed over")
    counts = pd.DataFrame(
        [
            (now_label, already, before.open_requests),
            (after_label, already, before.open_requests),
            (after_label, more, after.open_requests - before.open_requests),
        ],
        columns=["age", "state", "count"],
    )
    colours = palette()
    titles = {"age": _("KC"), "state": _("Requests"), "count": _("Open requests")}
    chart = stacked_bars(
        counts[counts["count"] > 0], [now_label, after_label], [already, more], [colours.in_time, colours.soon], titles
    )
    st.vega_lite_chart(spec=chart, key="kc_load", alt=_("Open requests with KC, now and after the hand-over"))
    rows = [
        (_("Open requests"), number(before.open_requests), number(after.open_requests)),
        (_("Coming per day"), number(before.arriving_per_day, 1), number(after.arriving_per_day, 1)),
        (_("Finished per day"), number(before.finished_per_day, 1), number(after.finished_per_day, 1)),
        (_("Days to clear"), days_in_words(before), days_in_words(after)),
    ]
    table = pd.DataFrame(rows, columns=["what", "before", "after"])
    show_table(
        table,
        {"what": "KC", "before": now_label, "after": after_label},
        key="kc_table",
    )
    st.caption(
        _(
            "Per day: over the last 28 days. KC answers within {days} days (B2); whom it has by a hand-over, once they "
            "were told (B8).",
            days=target,
        )
    )


def days_in_words(load: DeskLoad) -> str:
    return NOTHING if load.days_to_clear is None else number(load.days_to_clear, 1)


def kc_verdict(before: DeskLoad, after: DeskLoad, seen: Preview) -> str:
    target, days = seen.kc_target, number(seen.kc_target.days)
    if after.days_to_clear is None:
        return _("KC has finished nothing in the last 28 days: nobody can say how long it would take.")
    if not keeps_its_target(after, target):
        cleared = days_in_words(after)
        if keeps_its_target(before, target):
            return _("Afterwards KC needs {cleared} days for what is open: the {days} days no longer hold.",
                     cleared=cleared, days=days)  # fmt: skip
        return _("KC does not keep its {days} days now, and would need {cleared} days.", days=days, cleared=cleared)
    if grows(after):
        return _("KC keeps its {days} days for what is open, but more comes than it finishes.", days=days)
    return _("KC keeps its {days} days afterwards too.", days=days)


def confirm_form(viewer: Viewer, seen: Preview, rules: HouseRules) -> None:
    """The reason, and the one button that changes anything; it does what was previewed or nothing."""
    ids = tuple(int(agent_id) for agent_id in seen.handlers["agent_id"])
    previewed = chosen_by_hand()

    def write(presser: Viewer) -> None:
        if chosen_by_hand() != previewed:
            raise ChangeRefusedError("others")
        despite = bool(st.session_state.get(DESPITE_SHIFTS))
        hand_over(presser, ids, seen.fingerprint, st.session_state[REASON], rules, clock(), despite_shifts=despite)
        st.session_state[REASON] = st.session_state[PASTED] = ""

    with st.form("hand_over", clear_on_submit=False):
        label = _("Reason, kept for ever in the log; colleagues can read it, so nothing about health")
        st.text_input(label, key=REASON, max_chars=LONGEST_REASON)
        ahead = seen.handlers[(seen.handlers["why"] == "listed") & seen.handlers["next_shift"].notna()]
        if len(ahead):
            shifts = ", ".join(f"{escaped(row.agent)} ({day_in_words(row.next_shift)})" for row in ahead.itertuples())
            st.checkbox(
                _("Hand over although these have shifts ahead, with the next on: {shifts}", shifts=shifts),
                key=DESPITE_SHIFTS,
            )
        st.form_submit_button(
            _(
                "Hand {customers} of {handlers} to KC",
                customers=customers_in_words(seen.customers),
                handlers=handlers_in_words(seen.handlers["agent"]),
            ),
            type="primary",
            on_click=press,
            args=(
                still_there(viewer),
                write,
                _("Done: the customers are KC's. Tell IBA with the export below."),
                refused,
                TABLES,
            ),
        )
        st.caption(_("Everything moves in one step. You can undo it below while nothing newer depends on it."))


def handlers_in_words(initials: Iterable[str]) -> str:
    """Whose customers they are: by name while a button can hold the names, else how many."""
    names = [escaped(name) for name in initials]
    if len(names) > MOST_HANDLERS_NAMED:
        return ngettext("{count} handler", "{count} handlers", len(names))
    return ", ".join(names)


def chosen_by_hand() -> tuple[tuple[int, ...], str]:
    """What is ticked and written at this moment, as it stands on the screen."""
    return tuple(chosen_positions("reassign")), str(st.session_state.get(PASTED, ""))


def refused(error: ChangeRefusedError) -> str:
    words: dict[str, object] = {"most": number(LONGEST_REASON), "agents": escaped(str(error.facts.get("agents", "")))}
    if isinstance(newer := error.facts.get("what"), dict):
        words["what"] = ", ".join(f"{_(NEWER[name])}: {number(count)}" for name, count in newer.items())
    return refusal_words(error, REFUSALS, **words)


def waiting_table(waiting: pd.DataFrame) -> None:
    """Customers handed over whose new owner the CRM has not shown yet; the same rows are the export."""
    if waiting.empty:
        st.caption(_("Nothing waits for IBA."))
        return
    st.markdown(
        ngettext(
            "{count} customer was handed over, and IBA does not show it yet.",
            "{count} customers were handed over, and IBA does not show it yet.",
            len(waiting),
        )
    )
    show_table(
        waiting,
        {
            "customer": _("Customer"),
            "former_owner": _("Former owner"),
            "new_owner": _("New owner"),
            "from_date": st.column_config.DateColumn(_("From"), format="DD.MM.YYYY"),
        },
        key="not_yet_in_iba",
        most_rows=8,
    )


def history(viewer: Viewer, done: pd.DataFrame, rules: HouseRules) -> None:
    """Every hand-over; a row opens the form that undoes it."""
    if done.empty:
        st.caption(_("No customers have been handed over yet."))
        return
    shown = done.drop(columns="batch").copy()
    for name in ("at", "undone_at"):
        shown[name] = in_zone(shown[name], rules.zone)
    column = st.column_config
    time = "DD.MM.YYYY HH:mm"
    opened = choose_rows("hand_overs", list(done["batch"]))
    show_table(
        shown,
        {
            "at": column.DatetimeColumn(_("Time"), format=time),
            "by": _("By"),
            "agents": _("Handlers"),
            "customers": _("Customers"),
            "requests": _("Open requests"),
            "reason": _("Reason"),
            "undone_at": column.DatetimeColumn(_("Undone"), format=time),
            "undone_by": _("Undone by"),
        },
        key="hand_overs",
        most_rows=8,
        chooses="single-row",
    )
    st.caption(_("Choose a row to undo it."))
    for batch in opened:
        row = done[done["batch"] == batch].iloc[0]
        if pd.notna(row["undone_at"]):
            st.info(_("This hand-over was undone already."))
            continue

        def write(presser: Viewer, batch: str = batch) -> None:
            undo(presser, batch, st.session_state[UNDO_REASON], rules, clock())
            st.session_state[UNDO_REASON] = ""

        with st.form("undo"):
            st.text_input(_("Reason for undoing, kept for ever in the log"), key=UNDO_REASON, max_chars=LONGEST_REASON)
            st.form_submit_button(
                _("Undo the hand-over of {handlers}", handlers=escaped(row["agents"])),
                on_click=press,
                args=(
                    still_there(viewer),
                    write,
                    _("Undone: everything stands as it stood before."),
                    refused,
                    TABLES,
                ),
            )
