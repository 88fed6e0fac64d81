"""From a customer's number or a colleague's initials or name to what the viewer may see of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from data_access.database.engine import reading
from data_access.database.schema import agent, callback, callback_verdict, customer
from data_access.questions.callbacks import IS_FIRST, CallbackFilters, is_open_at, verdict, visible
from data_access.scope import Scope, may_see_agent
from metrics.calendar import local_day
from metrics.house_rules import HouseRules

MOST_REQUESTS = 8
LONGEST_ASKED = 40


@dataclass(frozen=True)
class RequestHit:
    """A request of the customer whose number was asked for."""

    callback_id: int
    topic: str
    created_at: datetime
    is_open: bool


@dataclass(frozen=True)
class Hits:
    """customer: the number as it is written here. requests: what is open first, then the latest; at most MOST_REQUESTS.
    agents: the initials of colleagues. Each is missing, or empty, where the viewer may see none."""

    customer: str | None
    requests: tuple[RequestHit, ...]
    agents: tuple[str, ...]


def hits_of(scope: Scope, asked: str, rules: HouseRules, now: datetime) -> Hits:
    """What the viewer may see of a customer's number, or of a colleague's initials or name, in capitals or not (P1)."""
    text = asked.strip()[:LONGEST_ASKED]
    # As it was written, in capitals or without: so that the index on the number is used.
    wanted = {text, text.upper(), text.lower()}
    today = local_day(now, rules)
    is_open = is_open_at(now)
    requests = (
        select(customer.c.number, callback.c.topic, verdict.callback_id, verdict.created_at, is_open.label("is_open"))
        .join(callback, callback.c.customer_id == customer.c.id)
        .join(callback_verdict, verdict.callback_id == callback.c.id)
        .where(customer.c.number.in_(wanted), IS_FIRST)
        .where(visible(scope, CallbackFilters(today, today), now, rules))
        .order_by(is_open.desc(), verdict.created_at.desc())
        .limit(MOST_REQUESTS)
    )
    colleagues = select(agent.c.initials, agent.c.name).where(may_see_agent(scope, agent.c.id, today))
    with reading() as connection:
        rows = connection.execute(requests).all() if text and scope.may_see_customers else []
        people = connection.execute(colleagues.order_by(agent.c.initials)).all() if text else []
    return Hits(
        rows[0].number if rows else None,
        tuple(RequestHit(row.callback_id, row.topic, row.created_at, row.is_open) for row in rows),
        tuple(person.initials for person in people if is_called(person.initials, person.name, text)),
    )


def is_called(initials: str, name: str | None, text: str) -> bool:
    """Whether somebody's initials, their name or one word of it is the text."""
    names = (initials, name or "", *(name or "").split())
    return text.casefold() in (each.casefold() for each in names)
