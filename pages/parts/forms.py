"""What the button of a form does: it writes as whoever presses it now, and what came of it is said once."""

from collections.abc import Callable, Mapping
from datetime import datetime

import streamlit as st

from data_access.changes.refusals import ChangeRefusedError
from data_access.database.writing import BusyError
from data_access.scope import Viewer
from metrics.figures import N_
from pages.parts.tables import forget_choice
from pages.parts.wording import _, escaped, local_time

RESULT = "result_of_last_press"
BUSY = N_("Not saved: data are being loaded. Try again in a minute.")
GONE = N_("Not saved: your login has ended.")
Words = Callable[[ChangeRefusedError], str]


def press(
    who: Callable[[], Viewer | None],
    write: Callable[[Viewer], None],
    done: str,
    refused: Words,
    forget: tuple[str, ...],
) -> None:
    """Write, and keep what is to be said about it: `done`, or why not. In the tables of `forget` nothing is chosen
    afterwards."""
    viewer = who()
    if viewer is None:
        st.session_state[RESULT] = (False, _(GONE))
        return
    try:
        write(viewer)
    except ChangeRefusedError as error:
        st.session_state[RESULT] = (False, refused(error))
    except BusyError:
        st.session_state[RESULT] = (False, _(BUSY))
    else:
        st.session_state[RESULT] = (True, done)
        forget_choice(*forget)


def refusal_words(error: ChangeRefusedError, texts: Mapping[str, str], **words: object) -> str:
    """A refusal as a sentence; where somebody did it before, by whom and when."""
    if isinstance(at := error.facts.get("at"), datetime):
        by = error.facts.get("by")
        words |= {"who": escaped(str(by)) if by else _("somebody at this computer"), "time": local_time(at)}
    return _(texts[error.code], **words)


def show_result() -> None:
    """What became of the last press."""
    is_done, message = st.session_state.pop(RESULT, (None, ""))
    if is_done is not None:
        (st.success if is_done else st.error)(message)
