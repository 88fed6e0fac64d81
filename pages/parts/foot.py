"""What stands at the foot and head of pages: definitions, the age of the data, a warning where they are late."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from data_access.questions.sources import sources_by_kind
from data_access.scope import EVERYBODY
from data_access.settings import current_rules
from metrics.figures import Figure
from pages.parts.gate import enter
from pages.parts.loaders import ask, this_minute
from pages.parts.wording import _, escaped, local_time, number
from pages.parts.words import KIND_LABELS

Explained = tuple[Sequence[Figure], tuple[str, ...]]
"""The figures of a page, and the kinds of data from which they come."""


def sources_now() -> pd.DataFrame:
    return ask(sources_by_kind, EVERYBODY, current_rules(), this_minute())


def say_if_not_loaded(kind: str) -> bool:
    """Where nothing of a kind was ever loaded an empty page is no good news; gives whether it was loaded."""
    is_loaded = kind in set(sources_now()["kind"])
    if not is_loaded:
        st.info(
            _(
                "No {kind} have been loaded yet, so this page knows nothing of them. docs/loading.md says how to load "
                "them.",
                kind=_(kind_label(kind)),
            ),
            icon=":material/info:",
        )
    return is_loaded


@st.fragment(run_every=60)
def warn_of_sources(kinds: tuple[str, ...]) -> None:
    """Say which of a page's sources are older than they should be, or lack many of their rows; looked at again each
    minute while it is open."""
    enter(is_touch=False)
    sources = sources_now()
    of_page = sources[sources["kind"].isin(kinds)]
    for row in of_page[of_page["lacks_many"]].itertuples():
        st.warning(
            _(
                "The last load from {source} used {used} of {count} rows of {kind}; the others are missing here. "
                "Sources says why.",
                source=escaped(row.source),
                used=number(row.loaded + row.unchanged),
                count=number(row.rows_read),
                kind=_(kind_label(row.kind)),
            ),
            icon=":material/warning:",
        )
    for row in of_page[of_page["is_late"]].itertuples():
        st.warning(
            _(
                "No {kind} have come from {source} since {time}.",
                source=escaped(row.source),
                kind=_(kind_label(row.kind)),
                time=local_time(row.newest_record),
            ),
            icon=":material/schedule:",
        )


def kind_label(kind: str) -> str:
    return KIND_LABELS.get(kind, kind)


def definitions(figures: Sequence[Figure], kinds: tuple[str, ...]) -> None:
    """The definitions of a page's figures, folded away, and how old the data are that it used."""
    with st.expander(_("What the figures mean, and how fresh they are")):
        for figure in figures:
            st.markdown(f"**{_(figure.label)}** ({figure.rule}): {_(figure.definition)}")
        newest = newest_of(kinds)
        if newest is not None:
            st.caption(_("Newest record in these figures: {time}.", time=local_time(newest)))


def newest_of(kinds: tuple[str, ...]) -> datetime | None:
    sources = sources_now()
    newest = sources.loc[sources["kind"].isin(kinds), "newest_record"].max()
    return None if pd.isna(newest) else newest.to_pydatetime()
