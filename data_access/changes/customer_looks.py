"""Who the customer behind a request or an answer is: that somebody looked is written first (P1)."""

from datetime import datetime

from sqlalchemy import select

from data_access.changes.logs import Look, record_look
from data_access.database.engine import reading
from data_access.database.schema import callback, callback_verdict, customer, customer_phone, survey_response
from data_access.questions.callback_history import Customer, visible_request
from data_access.questions.callbacks import verdict
from data_access.questions.calls import Filters
from data_access.questions.satisfaction import may_see_answer, rated, traceable_since
from data_access.scope import Viewer, scope_of
from metrics.calendar import local_day
from metrics.house_rules import HouseRules


def open_customer(viewer: Viewer, page: str, callback_id: int, rules: HouseRules, now: datetime) -> Customer | None:
    """Who is behind one request; that somebody looked is written first (P1). None where it is not the viewer's to
    see."""
    scope = scope_of(viewer)
    if not scope.may_see_customers:
        return None
    with reading() as connection:
        first_id = connection.scalar(select(verdict.first_id).where(visible_request(scope, callback_id, rules, now)))
        if first_id is None:
            return None
        its = select(callback.c.customer_id).where(callback.c.id == first_id)
        asker = connection.execute(select(customer.c.id, customer.c.name).where(customer.c.id.in_(its))).one()
    look = Look("open_customer", page, customer_id=asker.id, purpose=f"callback {first_id}")
    record_look(viewer, look, now)
    with reading() as connection:
        known = select(customer_phone.c.phone_number).where(customer_phone.c.customer_id == asker.id)
        phones = connection.scalars(known.order_by(customer_phone.c.id)).all()
        together = select(callback.c.created_at, callback.c.reason, callback.c.phones).join(
            callback_verdict, verdict.callback_id == callback.c.id
        )
        asked = connection.execute(
            together.where(verdict.first_id == first_id, callback.c.created_at <= now).order_by(callback.c.created_at)
        ).all()
    numbers = [number for row in asked for number in (row.phones or "").split(",")]
    return Customer(
        asker.name,
        tuple(dict.fromkeys(number for number in (*numbers, *phones) if number)),
        tuple((row.created_at, row.reason) for row in asked if row.reason),
    )


def open_answer(viewer: Viewer, page: str, response_id: int, rules: HouseRules, now: datetime) -> Customer | None:
    """Who gave an answer, and what they wrote; that somebody looked is written first (P1). None where it is not the
    viewer's to see, or cannot be traced any more (Q2)."""
    scope, today = scope_of(viewer), local_day(now, rules)
    which = [rated.id == response_id, rated.local_date >= traceable_since(rules, today)]
    which.append(may_see_answer(scope, Filters(today, today), rated.agent_id, rated.local_date))
    asked = (
        select(rated.customer_id, rated.answered_at, rated.comment, customer.c.name)
        .outerjoin_from(survey_response, customer, customer.c.id == rated.customer_id)
        .where(*which)
    )
    if not scope.may_see_customers:
        return None
    with reading() as connection:
        answer = connection.execute(asked).first()
    if answer is None:
        return None
    look = Look("open_customer", page, customer_id=answer.customer_id, purpose=f"rating {response_id}")
    record_look(viewer, look, now)
    known = select(customer_phone.c.phone_number).where(customer_phone.c.customer_id == answer.customer_id)
    with reading() as connection:
        phones = connection.scalars(known.order_by(customer_phone.c.id)).all()
    comment = ((answer.answered_at, answer.comment),) if answer.comment else ()
    return Customer(answer.name, tuple(phones), comment)
