"""Who looked and who changed. A look is written before anything is shown; nobody edits what is written."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Text,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from data_access.database.engine import reading
from data_access.database.frames import frame
from data_access.database.schema import access_log, agent, audit_log, customer, reassignment
from data_access.scope import Scope, may_see_agent
from metrics.calendar import ONE_DAY, local_to_utc
from metrics.house_rules import HouseRules

by, about = agent.alias("by_whom"), agent.alias("about_whom")


def was_signed_out(login: str) -> bool:
    """Whether somebody signed out of this login, at whichever process: a copied cookie is then worth nothing."""
    ended = select(access_log.c.id).where(access_log.c.details == f"login={login}", access_log.c.action == "sign_out")
    with reading() as connection:
        return connection.execute(ended.limit(1)).first() is not None


@dataclass(frozen=True)
class LogFilters:
    """Which entries: a period of local dates, both included; perhaps by whom, about which agent or customer."""

    from_date: date
    to_date: date
    by: str | None = None
    about: str | None = None
    customer: str | None = None


LOG_COLUMNS = ("at", "by", "kind", "action", "page", "about", "customer", "purpose", "details")


def log_entries(scope: Scope, filters: LogFilters, rules: HouseRules) -> pd.DataFrame:
    """Who looked and who changed, newest first: at (UTC), by (initials, missing for this computer), kind (look,
    change), action, page, about (initials), customer (its number), purpose, details.

    Who sees everything sees all of it; a team lead what concerns their people; everybody what they did themselves and
    who looked at them.
    """
    queries = [looks(scope), changes(scope), moves(scope, filters)]
    begins, ends = local_to_utc(filters.from_date, 0, rules), local_to_utc(filters.to_date + ONE_DAY, 0, rules)
    together = union_all(*queries).subquery()
    chosen = [together.c.at >= begins, together.c.at < ends]
    wanted = {name: getattr(filters, name) for name in ("by", "about", "customer")}
    chosen += [together.c[name] == value for name, value in wanted.items() if value]
    query = select(*(together.c[name] for name in LOG_COLUMNS)).where(*chosen)
    with reading() as connection:
        return frame(connection, query.order_by(together.c.at.desc(), together.c.kind, together.c.id.desc()))


def text_or_nothing(column: Any = None) -> Any:
    return cast(null() if column is None else column, Text)


def looks(scope: Scope) -> Select[Any]:
    log = access_log.c
    concerns = or_(log.by_id.in_(scope.agent_ids), may_see_person(scope, log.about_id, log.at))
    return (
        select(
            log.id,
            log.at,
            by.c.initials.label("by"),
            literal("look").label("kind"),
            log.action,
            log.page,
            about.c.initials.label("about"),
            customer.c.number.label("customer"),
            log.purpose,
            log.details,
        )
        .select_from(access_log)
        .outerjoin(by, by.c.id == log.by_id)
        .outerjoin(about, about.c.id == log.about_id)
        .outerjoin(customer, customer.c.id == log.customer_id)
        .where(concerns)
    )


def changes(scope: Scope) -> Select[Any]:
    log = audit_log.c
    concerns = or_(log.by_id.in_(scope.agent_ids), may_see_person(scope, about.c.id, log.at))
    return (
        select(
            log.id,
            log.at,
            by.c.initials.label("by"),
            literal("change").label("kind"),
            log.action,
            text_or_nothing().label("page"),
            about.c.initials.label("about"),
            text_or_nothing().label("customer"),
            text_or_nothing().label("purpose"),
            log.details,
        )
        .select_from(audit_log)
        .outerjoin(by, by.c.id == log.by_id)
        .outerjoin(about, log.subject == literal("agent ") + about.c.initials)
        .where(concerns)
    )


def moves(scope: Scope, filters: LogFilters) -> Select[Any]:
    """What was done with one customer's owner; only where that customer is asked for, else thousands of lines."""
    entry = reassignment.c
    concerns = or_(entry.by_id.in_(scope.agent_ids), may_see_person(scope, entry.from_agent_id, entry.at))
    is_undone = entry.undoes_id.is_not(None)
    wanted = customer.c.number == filters.customer if filters.customer else false()
    return (
        select(
            entry.id,
            entry.at,
            by.c.initials.label("by"),
            literal("change").label("kind"),
            case((is_undone, "undo_reassign"), else_="reassign").label("action"),
            text_or_nothing().label("page"),
            about.c.initials.label("about"),
            customer.c.number.label("customer"),
            entry.reason.label("purpose"),
            entry.to_desk.label("details"),
        )
        .select_from(reassignment)
        .join(customer, customer.c.id == entry.customer_id)
        .outerjoin(by, by.c.id == entry.by_id)
        .outerjoin(about, about.c.id == entry.from_agent_id)
        .where(concerns, wanted)
    )


def may_see_person(scope: Scope, agent_id: Any, at: Any) -> ColumnElement[bool]:
    """As of the day in UTC, which begins an hour or two after the agency's."""
    return may_see_agent(scope, agent_id, func.date(at, type_=Date))
