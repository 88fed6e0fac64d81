"""Rules B5 and B6: to whom a customer's request goes, and whether a message says what the receiver needs."""

from dataclasses import dataclass
from datetime import datetime

from metrics.calendar import local_day
from metrics.callbacks import Holder
from metrics.house_rules import HANDLER, HouseRules

KC = "kc"


def is_complete(reason: str | None, has_preferred_time: bool, phones: str | None, was_sent: bool) -> bool:
    """A message says why, when and on which number to call, and it was really sent to its receiver (B6)."""
    return bool(reason and reason.strip()) and has_preferred_time and bool(phones) and was_sent


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
) -> Receivers:
    """To whom a request belongs by the dated routing rules (B5).

    By topic, insurer and portfolio to desks; else to the customer's own case handler, to the buddy while the handler is
    away for at least the rest of the working day, and to KC where no active handler has the customer. When the customer
    calls again it goes to the handler and to nobody else; a desk's matter may go to the desk again.
    """
    to = rules.routes(topic, insurer, portfolio, local_day(created_at, rules))
    desks = tuple(desk for desk in to if desk != HANDLER)
    if not handler.is_active or handler.agent_id is None:
        return Receivers(desks or (KC,))
    if HANDLER not in to:
        return Receivers(desks, (handler.agent_id,) if again else ())
    if handler.is_away and handler.buddy_id is not None and not again:
        return Receivers(desks, (handler.buddy_id,))
    return Receivers(desks, (handler.agent_id,))


def is_misrouted(sent_to: Holder | None, receivers: Receivers) -> bool:
    """Sent to somebody whom it does not belong to (B5). What was never sent is incomplete, not misrouted."""
    if sent_to is None:
        return False
    is_right_desk = sent_to.desk in receivers.desks
    return not (is_right_desk or (sent_to.agent_id is not None and sent_to.agent_id in receivers.agent_ids))
