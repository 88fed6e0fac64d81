"""Two teams of the same shape whose rows can be told apart: all that is one's says NQQ, all that is the other's SQQ."""

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select
from support.databases import Load, Template
from support.templates import TABLES

from data_access.database.engine import reading
from data_access.database.schema import (
    agent,
    agent_alias,
    customer,
    customer_phone,
    live_call,
    live_ring,
    phone_endpoint,
    phone_source,
    presence,
    queue,
    voicemail,
)
from data_access.database.writing import writing

TEAMS = ("NQQ", "SQQ")
NOW = datetime(2026, 5, 7, 12, 0, tzinfo=UTC)


def load_two_teams(load: Load) -> None:
    """For each team: a lead (L), two agents who are buddies (A, B; B is away), and somebody who left (X)."""
    load.all_of(*files())
    with reading() as connection:
        people = {row.initials: row.id for row in connection.execute(select(agent.c.id, agent.c.initials))}
    seen = {"source": "file", "available": True, "busy": False, "do_not_disturb": False, "at": NOW}
    with writing() as connection:
        for team in TEAMS:
            connection.execute(
                insert(presence).values(source_agent=f"{team}A-phone", agent_id=people[f"{team}A"], **seen)
            )
            write_phones(connection, team, people[f"{team}A"])
        state = {"follows": True, "read_from": NOW, "watching_since": NOW, "asked_at": NOW, "answered_at": NOW}
        connection.execute(insert(phone_source).values(source="relatel", **state))


def write_phones(connection: Connection, team: str, agent_id: int) -> None:
    """What the telephone system says now: a phone of the first agent, a call that goes on, a message, a stranger."""
    queue_id = connection.scalar(select(queue.c.id).where(queue.c.name == f"{team}-queue"))
    customer_id = connection.scalar(select(customer.c.id).where(customer.c.number == f"{team}-1"))
    source, phone = {"source": "relatel"}, f"{team}A-phone"
    connection.execute(insert(agent_alias).values(source_agent=phone, agent_id=agent_id, **source))
    now = {"available": True, "busy": False, "do_not_disturb": False, "since": NOW}
    for name in (phone, f"Employee#{team}"):
        connection.execute(insert(phone_endpoint).values(endpoint=name, name=f"{team} phone", **now, **source))
    said = {"queue_id": queue_id, "customer_id": customer_id, "started_at": NOW, "changed_at": NOW, "said": team}
    going = insert(live_call).values(source_id=f"{team}-live", direction="incoming", **said, **source)
    call_id = connection.execute(going.returning(live_call.c.id)).scalar_one()
    rings = {"live_call_id": call_id, "agent_id": agent_id, "source_agent": phone, "rang_at": NOW}
    connection.execute(insert(live_ring).values(**rings))
    left = {"left_at": NOW, "local_date": NOW.date(), "heard": False, "queue_id": queue_id}
    number = connection.scalar(select(customer_phone.c.phone_number).where(customer_phone.c.customer_id == customer_id))
    connection.execute(insert(voicemail).values(source_id=f"{team}-mail", remote_number=number, **left, **source))


TWO_TEAMS = Template("two_teams", load_two_teams, TABLES)


def files() -> list[tuple[str, str]]:
    rows: dict[str, list[str]] = {}

    def add(kind: str, *lines: str) -> None:
        rows.setdefault(kind, []).extend(lines)

    for place, team in enumerate(TEAMS):
        lead, first, second, gone = (f"{team}{letter}" for letter in "LABX")
        mail = team.lower()
        add("agents", f"{lead},{team} Lead,team_lead,{mail}l@example.test,2020-01-01,")
        add("agents", f"{first},{team} Anders,agent,{mail}a@example.test,2020-01-01,")
        add("agents", f"{second},{team} Birgit,agent,{mail}b@example.test,2020-01-01,")
        add("agents", f"{gone},{team} Xenia,agent,{mail}x@example.test,2020-01-01,2026-04-30")
        add("teams", f"{team}-team,agents,{team}-queue,file")
        add("memberships", *(f"{name},{team}-team,2020-01-01,{'yes' if name == lead else ''}" for name in (lead,)))
        add("memberships", *(f"{name},{team}-team,2020-01-01," for name in (first, second, gone)))
        add("buddies", f"{first},{second}")
        add(
            "customers",
            *(f"{team}-{number},{team} Kunde {number},{first},+452{place}00000{number}" for number in range(5)),
        )
        add("customers", f"{team}-9,{team} Kunde 9,{gone},+452{place}000009")
        for number in range(4):
            status, answered = (
                ("answered", f"2026-05-0{4 + number % 4}T10:0{number}:05+02:00") if number else ("unanswered", "")
            )
            day = f"2026-05-0{4 + number % 4}"
            add(
                "calls",
                f"{team}-in{number},{day}T10:0{number}:00+02:00,{answered},{day}T10:09:00+02:00,incoming,{status},"
                f"{team}-queue,{first},{team}-{number}",
            )
        add(
            "calls",
            f"{team}-out,2026-05-06T11:00:00+02:00,,2026-05-06T11:02:00+02:00,outgoing,answered,,{first},{team}-1",
        )
        add(
            "shifts",
            *(
                f"{name},2026-05-0{day}T09:00:00+02:00,2026-05-0{day}T17:00:00+02:00"
                for name in (first, second)
                for day in (4, 5, 6, 7, 8)
            ),
        )
        add("absences", f"{team}-away,{second},sick,2026-05-07,2026-05-08,2026-05-07")
        add("absences", f"{team}-vacation,{first},vacation,2026-07-01,2026-07-10,2026-05-01")
        add("needs", f"{team}-team,thu,09:00,17:00,2")
        for name, number, asked, sent_to, reached in (
            ("late", 1, "2026-05-05T09:00:00+02:00", first, ""),
            ("away", 2, "2026-05-07T09:00:00+02:00", second, ""),
            ("done", 3, "2026-05-04T09:00:00+02:00", first, "2026-05-04T15:00:00+02:00"),
            ("gone", 9, "2026-05-06T15:00:00+02:00", gone, ""),
        ):
            who = f"{asked},{second},{asked},{sent_to}"
            add("callbacks", f"{team}-{name},{team}-{number},{who},{team} reason,20111111,{reached}")
        add("promises", f"{team}-late,{first},2026-05-05T09:00:00+02:00,2026-05-06T12:00:00+02:00")
        add("attempts", f"{team}-late,{first},2026-05-06T13:00:00+02:00,call,no")
        add(
            "notes",
            f"{team}-1,{first},2026-05-06T13:01:00+02:00,attempt,{team} text",
            f"{team}-2,{first},2026-05-05T10:10:00+02:00,conversation,{team} text",
        )
        add(
            "invitations",
            f"{team}-i1,{team}-2,{first},2026-05-04T09:00:00+02:00",
            f"{team}-i2,{team}-2,{first},2026-05-06T09:00:00+02:00",
        )
        add("surveys", f"{team}-s1,{team}-i2,{first},2026-05-06T10:00:00+02:00,2,3,2,{team} comment")
        add("concerns", f"{first},{second},2026-05-06T10:00:00+02:00,B1,{team} concern")
    add("agents", "KQK,KQ Kim,kc,kqk@example.test,2020-01-01,", "QUA,Quality,quality,qua@example.test,2020-01-01,")
    headers = {
        "agents": "initials,name,role,email,first_day,last_day",
        "teams": "name,desk,queue,queue_source",
        "memberships": "agent,team,first_day,leads",
        "buddies": "agent,buddy",
        "customers": "number,name,owner,phones",
        "calls": "source_id,started_at,answered_at,ended_at,direction,status,queue,agent,customer_number",
        "shifts": "agent,starts_at,ends_at",
        "absences": "source_id,agent,kind,first_day,last_day,requested_on",
        "needs": "team,weekday,from_time,to_time,minimum",
        "callbacks": "source_id,customer_number,created_at,created_by,sent_at,sent_to,reason,phones,reached_at",
        "promises": "callback,made_by,made_at,to_at",
        "attempts": "callback,agent,at,channel,reached",
        "notes": "customer_number,agent,at,kind,text",
        "invitations": "source_id,customer_number,agent,sent_at",
        "surveys": "source_id,invitation,agent,answered_at,score,competence,treatment,comment",
        "concerns": "about,by,at,rule,text",
    }  # fmt: skip
    return [(kind, "\n".join([header, *rows[kind]]) + "\n") for kind, header in headers.items()]
