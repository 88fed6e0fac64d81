"""The pieces of the Sources page."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from data_access.database.versions import database_state
from metrics.house_rules import HouseRules
from pages.parts.charts import loads_by_day
from pages.parts.colours import palette
from pages.parts.foot import kind_label
from pages.parts.tables import choose_rows, in_zone, show_table
from pages.parts.wording import NOTHING, _, age, escaped, ngettext

PICTURED_DAYS = 14


def sentence(sources: pd.DataFrame) -> None:
    late = int(sources["is_late"].sum())
    # A load of which every row left out was left out on purpose is as it should be.
    rejected = int((sources["rejected"] - sources["left_out"]).clip(lower=0).sum())
    if late:
        text = ngettext("{count} source is late.", "{count} sources are late.", late)
    else:
        text = _("Every source is as fresh as it should be.")
    if rejected:
        text += " " + ngettext(
            "{count} row was rejected in the last load.", "{count} rows were rejected in the last load.", rejected
        )
    st.header(text, anchor=False)


def small_loads_note(sources: pd.DataFrame) -> None:
    """A load that brought nothing, or far less than usual, is said: the wrong file loads without an error."""
    for row in sources[sources["is_small"]].itertuples():
        source = escaped(f"{row.source}, {_(kind_label(row.kind))}")
        used = row.loaded + row.unchanged
        if used == 0:
            text = _(
                "{source}: nothing was loaded from {file}. Is it the right file?", source=source, file=escaped(row.file)
            )
        else:
            text = ngettext(
                "{source}: only {count} row could be used of {file}; the loads before it had at least {least}.",
                "{source}: only {count} rows could be used of {file}; the loads before it had at least {least}.",
                used,
                source=source,
                file=escaped(row.file),
                least=row.least_before,
            )
        st.warning(text, icon=":material/production_quantity_limits:")


def rules_note(rules: HouseRules) -> None:
    """Figures that were derived under other rules are not to be trusted until they are rebuilt."""
    state = database_state()
    if state is not None and state.rules_digest != rules.derivation_digest:
        st.warning(
            _("The house rules have changed since these figures were derived. An administrator must run the command:"),
            icon=":material/rule:",
        )
        st.code("python -m data_access rebuild", language="bash")


def rings_note(rings: pd.DataFrame) -> None:
    """Rings that count for nobody are said: a wrong zone or a missing file of calls hides whole days."""
    for row in rings.itertuples():
        source = escaped(row.source)
        if row.waiting:
            text = ngettext(
                "{source}: {count} ring waits for its call to be loaded.",
                "{source}: {count} rings wait for their calls to be loaded.",
                row.waiting,
                source=source,
            )
            st.warning(text, icon=":material/phone_missed:")
        if row.misplaced:
            text = ngettext(
                "{source}: the time of {count} ring does not fit its call. Is the zone right?",
                "{source}: the times of {count} rings do not fit their calls. Is the zone right?",
                row.misplaced,
                source=source,
            )
            st.warning(text, icon=":material/phone_missed:")


def source_table(sources: pd.DataFrame, rules: HouseRules, now: datetime) -> Any:
    """The page's main table: one row a source and kind; returns the row that is chosen, or None."""
    table = pd.DataFrame(
        {
            "source": sources["source"],
            "kind": [_(kind_label(kind)) for kind in sources["kind"]],
            "state": [_("late") if late else _("OK") for late in sources["is_late"]],
            "age": [age(now - newest) if newest <= now else NOTHING for newest in sources["newest_record"]],
            "rejected": sources["rejected"],
            "newest_record": in_zone(sources["newest_record"], rules.zone),
            "last_load": in_zone(sources["last_load"], rules.zone),
            "file": sources["file"],
            "rows_read": sources["rows_read"],
            "loaded": sources["loaded"],
            "unchanged": sources["unchanged"],
            "left_out": sources["left_out"],
        }
    )
    column = st.column_config
    time_form = "DD.MM.YYYY HH:mm"
    runs = list(sources["run_id"])
    opened = choose_rows("sources", runs)
    show_table(
        table,
        {
            "source": column.TextColumn(_("Source"), pinned=True),
            "kind": _("Kind"),
            "state": _("State"),
            "newest_record": column.DatetimeColumn(_("Newest record"), format=time_form),
            "age": _("Age"),
            "last_load": column.DatetimeColumn(_("Last load"), format=time_form),
            "file": _("File"),
            "rows_read": _("Rows read"),
            "loaded": _("Loaded"),
            "unchanged": _("Unchanged"),
            "rejected": _("Set aside"),
            "left_out": column.NumberColumn(
                _("Of these on purpose"), help=_("Left out by the mapping, with a reason.")
            ),
        },
        key="sources",
        chooses="single-row",
    )
    st.caption(_("Choose a row to see what was set aside in its last load, and why."))
    return next((row for row in sources.itertuples() if row.run_id in opened), None)


def problems(source: Any, rows: pd.DataFrame) -> None:
    """The rows of one load that were set aside, and notices about rows that were loaded all the same."""
    st.markdown(f"**{escaped(source.source)}, {_(kind_label(source.kind))}**: {escaped(source.file)}")
    if rows.empty:
        st.markdown(_("Every row of the last load was used."))
        return
    shown = rows.assign(loaded=[_("loaded") if loaded else _("set aside") for loaded in rows["loaded"]])
    show_table(
        shown[["rows", "column", "reason", "loaded", "which"]],
        {
            "rows": _("Rows"),
            "column": _("Column"),
            "reason": _("Reason"),
            "loaded": _("What became of them"),
            "which": _("Which rows"),
        },
        key="problems",
    )


def short_day(at: datetime, rules: HouseRules) -> str:
    return f"{at.astimezone(rules.tzinfo):%d.%m}"


def loads_picture(loads: pd.DataFrame, rules: HouseRules, now: datetime) -> None:
    if loads.empty:
        st.markdown(_("Nothing was loaded in the last two weeks."))
        return
    clean, with_rejects = _("all rows used"), _("rows set aside")
    faulty = loads["rejected"] > loads["left_out"]
    data = pd.DataFrame(
        {
            "day": [short_day(at.to_pydatetime(), rules) for at in loads["finished_at"]],
            "source": [f"{row.source}, {_(kind_label(row.kind))}" for row in loads.itertuples()],
            "rows": loads["rows_read"],
            "rejected": loads["rejected"] - loads["left_out"],
            "state": faulty.map({True: with_rejects, False: clean}),
        }
    )
    days = [short_day(now - timedelta(days=back), rules) for back in reversed(range(PICTURED_DAYS))]
    titles = {
        "rows": _("Rows read"),
        "rejected": _("Set aside"),
        "clean": clean,
        "with_rejects": with_rejects,
        "day": _("Day"),
        "source": _("Source"),
    }
    st.vega_lite_chart(
        spec=loads_by_day(data, days, titles, palette()), key="loads", alt=_("Loads of the last two weeks")
    )
    with st.expander(_("The same as a table")):
        show_table(
            data,
            {**titles, "state": _("State")},
            key="loads_table",
        )
    st.caption(ngettext("{count} load.", "{count} loads.", len(loads)))
