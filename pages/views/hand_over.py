"""What a hand-over would do, before anything does, and the one button that does it (K1, K2, B8)."""

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from data_access.changes.reassignment import LONGEST_REASON, hand_over
from data_access.changes.refusals import ChangeRefusedError
from data_access.questions.reassignment import Preview, preview
from data_access.scope import Viewer, scope_of
from data_access.settings import now as clock
from metrics.house_rules import HouseRules
from metrics.reassignment import DeskLoad, grows, keeps_its_target
from pages.parts.charts import stacked_bars
from pages.parts.colours import palette
from pages.parts.drawer import drawer
from pages.parts.forms import RESULT, press, show_result
from pages.parts.gate import still_there
from pages.parts.hand_over_words import HANDLERS, customers_in_words, refused, why_words
from pages.parts.loaders import ask, this_minute
from pages.parts.tables import in_zone, show_table
from pages.parts.wording import NOTHING, _, escaped, lateness, ngettext, number, short_day, text_of
from pages.parts.words import STATE_LABELS

REASON = "hand_over_reason"
DESPITE_SHIFTS = "hand_over_despite_shifts"
MOST_HANDLERS_NAMED = 4


def show_hand_over(viewer: Viewer, agent_ids: tuple[int, ...], rules: HouseRules) -> None:
    """The preview of a hand-over in the drawer, and the form that does it."""

    def draw() -> None:
        is_done, _message = st.session_state.get(RESULT, (False, ""))
        if is_done:
            st.rerun()  # the page says what was done
        show_result()
        seen = ask(preview, scope_of(viewer), agent_ids, rules, this_minute())
        if seen.handlers.empty:
            st.info(_("There is nothing to hand over any more."))
            return
        show_preview(seen)
        confirm_form(viewer, seen, rules)
        with st.expander(_("Request by request")):
            clocks_table(seen.callbacks, rules)
        with st.expander(_("What KC has to do")):
            show_kc(seen)

    drawer(_("Hand over to KC"), HANDLERS, draw)


def show_preview(seen: Preview) -> None:
    """What would happen, before anything does."""
    names = ", ".join(escaped(name) for name in seen.handlers["agent"])
    st.markdown(
        "\n".join(
            f"- {escaped(row.agent)} {escaped(text_of(row.name))}: {escaped(why_words(row, this_minute()))} (K1)"
            for row in seen.handlers.itertuples()
        )
    )
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
    texts = [*consequences(seen), *portfolios_in_words(seen.portfolios), kc_verdict(seen)]
    st.markdown("\n".join(f"- {text}" for text in texts))


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


def portfolios_in_words(portfolios: pd.DataFrame) -> list[str]:
    named = portfolios[portfolios["portfolio"].notna()]
    words = ", ".join(f"{escaped(row.portfolio)}: {number(row.customers)}" for row in named.itertuples())
    return [_("Portfolios among them: {portfolios}.", portfolios=words)] if words else []


def show_kc(seen: Preview) -> None:
    """What KC has to do, before and after, and whether its target still holds (B2)."""
    before, after = seen.kc_before, seen.kc_after
    target = number(seen.kc_target.days)
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


def kc_verdict(seen: Preview) -> str:
    before, after = seen.kc_before, seen.kc_after
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
    previewed = st.session_state.get(HANDLERS)

    def write(presser: Viewer) -> None:
        if st.session_state.get(HANDLERS) != previewed:
            raise ChangeRefusedError("others")
        despite = bool(st.session_state.get(DESPITE_SHIFTS))
        hand_over(presser, ids, seen.fingerprint, st.session_state[REASON], rules, clock(), despite_shifts=despite)
        st.session_state[REASON] = ""
        st.query_params.pop(HANDLERS, None)

    with st.form("hand_over", clear_on_submit=False):
        label = _("Reason, kept for ever in the log; colleagues can read it, so nothing about health")
        st.text_input(label, key=REASON, max_chars=LONGEST_REASON)
        ahead = seen.handlers[(seen.handlers["why"] == "listed") & seen.handlers["next_shift"].notna()]
        if len(ahead):
            shifts = ", ".join(
                f"{escaped(row.agent)} ({short_day(row.next_shift, this_minute())})" for row in ahead.itertuples()
            )
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
                (),
            ),
        )
        st.caption(_("Everything moves in one step. You can undo it below while nothing newer depends on it."))


def handlers_in_words(initials: Iterable[str]) -> str:
    """Whose customers they are: by name while a button can hold the names, else how many."""
    names = [escaped(name) for name in initials]
    if len(names) > MOST_HANDLERS_NAMED:
        return ngettext("{count} handler", "{count} handlers", len(names))
    return ", ".join(names)
