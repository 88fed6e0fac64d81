"""What is written down about the simulated agency besides its days: people, rota, needs, coaching, logs, loads."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import PurePath
from typing import Any

from sqlalchemy import Connection, func, select

from data_access.database.schema import (
    absence,
    access_log,
    agent,
    agent_alias,
    audit_log,
    buddy_pair,
    call,
    callback,
    coaching,
    concern,
    contact_attempt,
    customer,
    customer_owner,
    customer_phone,
    desk,
    employment,
    feedback_review,
    import_reject,
    import_run,
    kc_list,
    note,
    promise,
    queue,
    queue_team,
    reassignment,
    ring,
    shift,
    staffing_need,
    survey_invitation,
    survey_response,
    team,
    team_lead,
    team_member,
)
from data_access.demo import truths as planted
from data_access.demo.branch import TELEPHONE
from data_access.demo.matters import CRM
from data_access.demo.people import DESKS, INACTIVE_HANDLERS, MAIN_NUMBER, PORTFOLIOS, Agency, Person
from data_access.demo.ratings import SOURCE as SURVEYS
from data_access.demo.rota import Rota
from data_access.demo.rows import Rows
from data_access.demo.staff import is_working_day, midnight_of
from data_access.demo.truths import Truth, truth_of
from metrics.calendar import ONE_DAY, monday_of
from metrics.house_rules import HouseRules

SINCE_EVER = date(1900, 1, 1)
ROTA, PEOPLE = "rota", "people"
HANDED_OVER = INACTIVE_HANDLERS[:5]
"""The handlers whose customers were already handed to KC; those of the others still wait for it."""
LOADS_SHOWN_DAYS = 15
UNREVIEWED_WEEKS = 1
HOUR = 3600
LUNCH = (24, 25)
"""Half hours in which most eat; on lunch duty one eats before or after."""


def write_agency(rows: Rows, agency: Agency, branch: int, start: date, until: date) -> dict[str, int]:
    """Teams, people, buddies, customers and queues; gives the queues' ids by name."""
    teams = {name: rows.add(team, name=name, desk=kind) for name, kind in agency.desks.items()}
    for person in agency.people.values():
        write_person(rows, person, teams)
    for person in agency.people.values():
        if person.buddy and person.id < person.buddy:
            rows.add(buddy_pair, agent_id=person.id, buddy_id=person.buddy, from_date=person.hired_on, to_date=None)
    for client in agency.customers:
        facts = {"number": client.number, "name": client.name, "portfolio": client.portfolio, "insurer": client.insurer}
        is_kcs = client.owner is None or agency.people[client.owner].initials in HANDED_OVER
        crm = {"crm_agent_id": None if is_kcs else client.owner, "crm_desk": "kc" if is_kcs else None}
        rows.add(customer, id=client.id, **facts, **crm)
        for phone in client.phones:
            rows.add(customer_phone, customer_id=client.id, phone_number=phone)
    queues = {}
    suffix = "" if branch == 0 else f" {branch + 1}"
    for name, kind in agency.desks.items():
        if kind in ("agents", "kc"):
            queues[name] = rows.add(queue, source=TELEPHONE, name=name)
            rows.add(queue_team, queue_id=queues[name], team_id=teams[name], from_date=SINCE_EVER, to_date=None)
    main = queues[MAIN_NUMBER + suffix] = rows.add(queue, source=TELEPHONE, name=MAIN_NUMBER + suffix)
    for name, kind in agency.desks.items():
        if kind == "agents":
            rows.add(queue_team, queue_id=main, team_id=teams[name], from_date=SINCE_EVER, to_date=None)
    write_needs(rows, agency, teams, start, until)
    return queues


def write_person(rows: Rows, person: Person, teams: dict[str, int]) -> None:
    left = person.gone_on
    rows.add(
        agent,
        id=person.id,
        initials=person.initials,
        name=person.name,
        role=person.role,
        email=f"{person.initials.lower()}@svartid.example",
        disabled_at=None,
        takes_calls=bool(person.team) and left is None,
    )
    rows.add(employment, agent_id=person.id, from_date=person.hired_on, to_date=left)
    rows.add(agent_alias, source=TELEPHONE, source_agent=f"Employee#{person.id}", agent_id=person.id)
    if person.team:
        membership = {
            "agent_id": person.id,
            "team_id": teams[person.team],
            "from_date": person.hired_on,
            "to_date": left,
        }
        rows.add(team_member, **membership)
        if person.role == "team_lead":
            rows.add(team_lead, **membership)


def write_needs(rows: Rows, agency: Agency, teams: dict[str, int], start: date, until: date) -> None:
    """How many each team needs on the phones: three, two while some of them eat, one at lunch; in KC two, one before
    11:30 and at lunch. In summer, when most are on vacation, one, and at lunch nobody. From 15:00 and at weekends one
    of KC keeps the phones, and no least number is written down."""
    summers = [(monday_of(date(year, 6, 22)), date(year, 8, 10)) for year in range(start.year, until.year + 1)]
    for name, kind in agency.desks.items():
        if kind not in ("agents", "kc"):
            continue
        usual = 2 if kind == "kc" else 3
        versions = [(SINCE_EVER, usual)]
        versions += [(day, most) for summer in summers for day, most in zip(summer, (1, usual), strict=True)]
        for from_date, most in versions:
            for weekday in range(5):
                closes = 30 if kind == "kc" else 34 - (weekday == 4)
                for half_hour in range(18, closes):
                    minimum = max(most - fewer_needed(kind, half_hour), 0)
                    facts = {"team_id": teams[name], "weekday": weekday, "half_hour": half_hour}
                    rows.add(staffing_need, minimum=minimum, from_date=from_date, **facts)


def fewer_needed(kind: str, half_hour: int) -> int:
    if kind == "kc":
        return int(half_hour < 23 or half_hour in LUNCH)
    return 2 if half_hour in LUNCH else int(half_hour in (LUNCH[0] - 2, LUNCH[0] - 1, LUNCH[1] + 1))


def handed_over_on(start: date, until: date, rules: HouseRules) -> date:
    """The day on which the customers of HANDED_OVER went to KC."""
    return working_day_from(max(start, until - timedelta(days=200)) + ONE_DAY, rules)


def working_day_from(day: date, rules: HouseRules) -> date:
    """The day itself where the house is open, or the next one on which it is."""
    days = (day + timedelta(days=offset) for offset in range(31))
    return next(each for each in days if is_working_day(each, rules))


def write_owners(rows: Rows, agency: Agency, start: date, until: date, rules: HouseRules) -> None:
    """Who owns which customer; some customers of handlers who left have been handed to KC (K2)."""
    handed_on = handed_over_on(start, until, rules)
    at = midnight_of(handed_on, rules) + 10 * HOUR
    for client in agency.customers:
        owner = agency.people.get(client.owner) if client.owner else None
        is_handed = owner is not None and owner.initials in HANDED_OVER
        ownership = {"customer_id": client.id, "from_date": SINCE_EVER, "source": CRM}
        if owner is None:
            rows.add(customer_owner, agent_id=None, desk="kc", to_date=None, **ownership)
            continue
        if owner.buddy and owner.hired_on > start:
            rows.add(customer_owner, agent_id=owner.buddy, desk=None, to_date=owner.hired_on, **ownership)
            ownership["from_date"] = owner.hired_on
        rows.add(customer_owner, agent_id=owner.id, desk=None, to_date=handed_on if is_handed else None, **ownership)
        if is_handed:
            later = {"customer_id": client.id, "from_date": handed_on, "source": "reassignment"}
            rows.add(customer_owner, agent_id=None, desk="kc", to_date=None, **later)
            rows.add(
                reassignment,
                batch=f"{handed_on}-{owner.initials}",
                customer_id=client.id,
                from_agent_id=owner.id,
                to_desk="kc",
                reason=agency.texts.handed_over,
                at=at,
                by_id=agency.quality_manager,
            )


def write_rota(rows: Rows, rota: Rota, rules: HouseRules) -> None:
    for day, shifts in rota.shifts.items():
        midnight = midnight_of(day, rules)
        for person, start, end, swapped_with in shifts:
            rows.add(
                shift,
                source=ROTA,
                source_id=f"V{rows.written['shift'] + 1}",
                agent_id=person,
                starts_at=midnight + start * 60,
                ends_at=midnight + end * 60,
                swapped_with_id=swapped_with,
            )
    for away in rota.absences:
        last_midnight = midnight_of(away.last_day, rules)
        rows.add(
            absence,
            source=ROTA,
            source_id=f"F{rows.written['absence'] + 1}",
            agent_id=away.person,
            kind=away.kind,
            first_day=away.first_day,
            last_day=away.last_day,
            starts_at=midnight_of(away.first_day, rules) + away.from_minute * 60,
            ends_at=last_midnight + away.to_minute * 60,
            requested_on=away.requested_on,
            channel=away.channel,
            acute=away.acute,
            swap_tried=away.swap_tried,
            covered_by_id=None,
        )


def write_quality(
    rows: Rows, agency: Agency, truths: tuple[Truth, ...], start: date, until: date, rules: HouseRules
) -> None:
    """Coaching sessions, weeks of feedback reviewed, concerns, and who looked at whose page: few, and most of them
    about nobody planted."""
    manager = agency.quality_manager
    people = [person for person in agency.people.values() if person.team and agency.desks[person.team] == "agents"]
    sessions: list[tuple[int, str, date, str]] = []
    if coached := truth_of(truths, "coached"):
        sessions.append((agency.by_initials(planted.FELL_IN_SPRING).id, "Q3", coached.first_day, "better"))
    for position, person in enumerate(people[3::9]):
        held_on = working_day_from(start + timedelta(days=40 + 60 * position), rules)
        sessions.append((person.id, ("C1", "A1", "B6")[position % 3], held_on, ""))
    for person_id, rule, held_on, outcome in sorted(sessions, key=lambda session: session[2]):
        if held_on <= until:
            agreed_on = working_day_from(held_on - timedelta(days=7), rules)
            rows.add(
                coaching,
                agent_id=person_id,
                by_id=manager,
                rule=rule,
                agreed_on=agreed_on,
                held_on=held_on,
                review_on=working_day_from(held_on + timedelta(days=42), rules),
                outcome=outcome or None,
            )
    mondays = [monday_of(start) + timedelta(weeks=week) for week in range(1, (until - start).days // 7)]
    for monday in mondays[:-UNREVIEWED_WEEKS]:
        at = midnight_of(working_day_from(monday + timedelta(weeks=1), rules), rules) + 10 * HOUR
        rows.add(feedback_review, week=monday, team_id=None, by_id=manager, at=at)
    offsets = range(20, (until - start).days, 45)
    days = [day for offset in offsets if (day := working_day_from(start + timedelta(days=offset), rules)) <= until]
    for position, day in enumerate(days):
        about, by = people[(position * 5 + 2) % len(people)], people[(position * 7) % len(people)]
        if about is not by:
            rows.add(
                concern,
                source=PEOPLE,
                source_id=f"Q{rows.written['concern'] + 1}",
                about_id=about.id,
                by_id=by.id,
                at=midnight_of(day, rules) + 14 * HOUR,
                rule=("B1", "C2", "A1")[position % 3],
                text=agency.texts.concern,
            )
    for position, day in enumerate(days):
        at = midnight_of(day, rules) + (9 * 60 + 7 * position) * 60
        rows.add(access_log, at=at, by_id=manager, page="agent", about_id=people[position % len(people)].id)
    handed_on = handed_over_on(start, until, rules)
    for position, initials in enumerate(HANDED_OVER):
        at = midnight_of(handed_on, rules) + 10 * HOUR + position * 60
        rows.add(
            audit_log, at=at, by_id=manager, action="reassign", subject=f"agent {initials}", details=str(handed_on)
        )


def write_lists(rows: Rows, truths: tuple[Truth, ...], listed_on: date) -> None:
    for name, title in DESKS:
        rows.add(desk, name=name, title=title)
    for initials in sorted(INACTIVE_HANDLERS):
        rows.add(kc_list, kind="handler", name=initials, from_date=listed_on)
    if late := truth_of(truths, "listed_late"):
        for initials in late.who:
            rows.add(kc_list, kind="handler", name=initials, from_date=late.first_day)
    for portfolio in PORTFOLIOS:
        rows.add(kc_list, kind="portfolio", name=portfolio, from_date=listed_on)


LOADED = (
    (TELEPHONE, "calls", call, "started_at", "opkald.json"),
    (TELEPHONE, "rings", ring, "rang_at", "opkald.json"),
    (CRM, "customers", customer, None, "kunder.csv"),
    (CRM, "notes", note, "at", "kundenoter.csv"),
    (CRM, "callbacks", callback, "created_at", "beskeder.csv"),
    (CRM, "promises", promise, "made_at", "loefter.csv"),
    (CRM, "attempts", contact_attempt, "at", "forsoeg.csv"),
    (ROTA, "shifts", shift, "ends_at", "vagtplan.xlsx"),
    (ROTA, "absences", absence, None, "fravaer.xlsx"),
    (SURVEYS, "invitations", survey_invitation, "sent_at", "invitationer.csv"),
    (SURVEYS, "surveys", survey_response, "answered_at", "svar.csv"),
    (PEOPLE, "agents", agent, None, "medarbejdere.csv"),
    (PEOPLE, "teams", team, None, "medarbejdere.csv"),
)
"""What was loaded from where: source, kind, table, the time that makes a row new, file."""


def write_loads(rows: Rows, connection: Connection, unmapped_calls: list[str], until: datetime) -> None:
    """The record of loads, as if each source had been loaded every morning: the first with all, then day by day."""
    for source, kind, table, time_name, file in LOADED:
        if time_name is None:
            total = int(connection.scalar(select(func.count()).select_from(table)) or 0)
            add_load(rows, source, kind, file, until - timedelta(days=LOADS_SHOWN_DAYS), total, None)
            continue
        time = table.c[time_name]
        for days_ago in range(LOADS_SHOWN_DAYS, -1, -1):
            at = until - timedelta(days=days_ago)
            since = (
                datetime.min.replace(tzinfo=until.tzinfo) if days_ago == LOADS_SHOWN_DAYS else at - timedelta(days=1)
            )
            ahead = timedelta(days=28) if kind == "shifts" else timedelta()
            fresh = time > since + ahead if days_ago < LOADS_SHOWN_DAYS else time == time
            count, newest = connection.execute(
                select(func.count(), func.max(time)).select_from(table).where(fresh, time <= at + ahead)
            ).one()
            if count:
                run = add_load(rows, source, kind, file, at, count, newest)
                if kind == "rings":
                    of_load = select(call.c.source_id).where(
                        call.c.source_id.in_(unmapped_calls), call.c.started_at > since, call.c.started_at <= at
                    )
                    set_aside_unmapped(rows, run, connection.scalars(of_load.order_by(call.c.started_at)))


def add_load(rows: Rows, source: str, kind: str, file: str, at: datetime, count: int, newest: datetime | None) -> int:
    seconds = int(at.timestamp())
    name = PurePath(file)
    return rows.add(
        import_run,
        kind=kind,
        source=source,
        file=f"{name.stem}-{at:%Y-%m-%d}{name.suffix}",
        started_at=seconds - 40,
        finished_at=seconds,
        rows_read=count,
        loaded=count,
        unchanged=0,
        rejected=0,
        left_out=0,
        newest_record=int(newest.timestamp()) if newest else None,
    )


def set_aside_unmapped(rows: Rows, run: int, unmapped_calls: Iterable[str]) -> None:
    """The rings of the employee whom nobody is mapped to were set aside, row by row."""
    rejected = list(unmapped_calls)
    facts: dict[str, Any] = rows.waiting[import_run.name][-1]
    facts["rows_read"], facts["rejected"] = facts["rows_read"] + len(rejected), len(rejected)
    for position, source_id in enumerate(rejected):
        rows.add(
            import_reject,
            import_run_id=run,
            loaded=False,
            row=2 + position * 17,
            column="agent",
            reason=f"'{planted.UNMAPPED_EMPLOYEE}' is unknown (call {source_id}); load aliases or agents first",
        )
