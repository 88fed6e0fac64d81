"""What is folded away costs nothing until somebody opens it."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st


@contextmanager
def folded(label: str, key: str) -> Iterator[bool]:
    """A part of a page behind its title; says whether it is open, so that only then it is worked out and drawn."""
    fold = st.expander(label, key=key, on_change="rerun")
    with fold:
        yield bool(fold.open)
