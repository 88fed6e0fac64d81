"""States of widgets that no page of ours sends: they count as if nothing had been sent."""

from typing import Any

from streamlit.runtime.state.session_state import Serialized, Value, WStates

READ_BY_STREAMLIT = WStates.__getitem__
SAYS_WHAT_NO_BROWSER_SAYS = (TypeError, ValueError, AttributeError, LookupError, OverflowError)


def refuse_forged_states() -> None:
    """Streamlit reads what a browser says of a widget without looking at its form, and fails in the middle of a look.

    From now on a state of another type than the widget's, or one that the widget cannot read, is the widget's default.
    """
    WStates.__getitem__ = read_state  # type: ignore[method-assign]


def read_state(states: WStates, widget_id: str) -> Any:
    state, metadata = states.states.get(widget_id), states.widget_metadata.get(widget_id)
    if not isinstance(state, Serialized) or metadata is None:
        return READ_BY_STREAMLIT(states, widget_id)
    if state.value.WhichOneof("value") in (None, metadata.value_type):
        try:
            return READ_BY_STREAMLIT(states, widget_id)
        except SAYS_WHAT_NO_BROWSER_SAYS:
            pass
    default = metadata.deserializer(None)
    states.states[widget_id] = Value(default)
    return default
