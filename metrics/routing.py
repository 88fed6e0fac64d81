"""Rules B5 and B6: to whom a customer's request goes, and whether a message says what the receiver needs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from metrics.calendar import local_day
from metrics.callbacks import Holder
from metrics.house_rules import HANDLER, HouseRules

KC = "kc"
ESCALATION = "escalation"
"""A topic, and the desk that it goes to (Q4)."""
QUALITY_WORDS = ("quality", "kvalitet")


def is_complete(reason: str | None, has_preferred_time: bool, phones: str | None, was_sent: bool) -> bool:
    """A message says why, when and on which number to call, and it was really sent to its receiver (B6)."""
    return bool(reason and reason.strip()) and has_preferred_time and bool(phones) and was_sent


def was_copied_to_quality(copied_to: str | None, names_of_quality: Collection[str]) -> bool:
    """Whether a message was copied to quality, and not to somebody else (B7): it says so, or it names somebody of
    quality by their initials or their address."""
    text = (copied_to or "").casefold()
    parts = set(text.replace(";", ",").replace(" ", ",").split(","))
    return any(word in text for word in QUALITY_WORDS) or any(name.casefold() in parts for name in names_of_quality)


@dataclass(frozen=True)
class Receivers:
    """Whom a message may go to (B5): desks, and agents in person."""

    desks: tuple[str, ...]
    agent_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class CaseHandler:
    """A customer's own case handler when a request was written; `is_away`: for the rest of the working day."""

    agent_id: int | None
    is_active: bool
    is_away: bool
    buddy_id: int | None


def right_receivers(
    rules: HouseRules,
    topic: str,
    insurer: str | None,
    portfolio: str | None,
    handler: CaseHandler,
    created_at: datetime,
    *,
    again: bool,
    is_portfolio_of_kc: bool = False,
) -> Receivers:
    """To whom a request, or the customer's reminder (`again`), belongs by the dated routing rules (B5).

    By portfolio, topic and insurer to desks; else to the customer's own case handler, to the buddy while the handler is
    away for at least the rest of the working day, and to KC where no active handler has the customer, or where the
    portfolio stands on KC's list and no line speaks of it. A reminder goes to the handler, or the buddy, and to nobody
    else, whatever the matter is about; a line can say otherwise.
    """
    line = rules.route(topic, insurer, portfolio, local_day(created_at, rules))
    is_as_before = not again or line.again == "same"
    desks = tuple(desk for desk in line.to if desk != HANDLER) if is_as_before or line.again == "either" else ()
    if is_as_before and HANDLER not in line.to:
        return Receivers(desks)
    if is_portfolio_of_kc or not handler.is_active or handler.agent_id is None:
        return Receivers((*desks, KC))
    if handler.is_away and handler.buddy_id is not None:
        return Receivers(desks, (handler.buddy_id,))
    return Receivers(desks, (handler.agent_id,))


def is_returned(sent_to: Holder | None, receivers: Receivers, handed_to: list[Holder], author_id: int | None) -> bool:
    """KC got what is not KC's and gave it back to its author (B5): neither right nor misrouted.

    `handed_to`: who had it afterwards, in order. What KC passes on to the right desk is no return.
    """
    was_sent_to_kc = sent_to is not None and sent_to.desk == KC and is_misrouted(sent_to, receivers)
    return was_sent_to_kc and author_id is not None and bool(handed_to) and handed_to[0].agent_id == author_id


def is_misrouted(sent_to: Holder | None, receivers: Receivers) -> bool:
    """Sent to somebody whom it does not belong to (B5). What was never sent is incomplete, not misrouted."""
    if sent_to is None:
        return False
    is_right_desk = sent_to.desk in receivers.desks
    return not (is_right_desk or (sent_to.agent_id is not None and sent_to.agent_id in receivers.agent_ids))
