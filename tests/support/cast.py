"""One cast of people for all tests.

Alice leads team North, in which Bob and Birgit answer calls; Carl answers in team South; Dora belongs to no team.
All tests happen around Wednesday 6 May 2026, an ordinary day: the agents' desk is open from 09:00 to 17:00.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
WEDNESDAY = date(2026, 5, 6)
ALICE, BOB, BIRGIT, CARL, DORA = "ALI", "BO", "BIR", "CAR", "DOR"

AGENTS = """initials,name,role,first_day
ALI,Alice Andersen,team_lead,2020-01-01
BO,Bob Bertelsen,agent,2020-01-01
BIR,Birgit Bach,agent,2020-01-01
CAR,Carl Carstensen,agent,2020-01-01
DOR,Dora Dam,agent,2020-01-01
"""
TEAMS = """name,desk,queue,queue_source
North,agents,Reception,file
South,kc,Reception,file
South,kc,Service,file
"""
MEMBERSHIPS = """agent,team,first_day,last_day,leads
ALI,North,2020-01-01,,yes
BO,North,2020-01-01,,
BIR,North,2020-01-01,2026-05-31,
BIR,South,2026-06-01,,
CAR,South,2020-01-01,,
"""


def at(clock: str, day: date = WEDNESDAY) -> datetime:
    """A clock time of Copenhagen (`HH:MM` or `HH:MM:SS`) as an instant in UTC."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=COPENHAGEN).astimezone(UTC)
