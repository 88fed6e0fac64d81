"""A quality manager opens a signal, agrees on coaching, and writes down who called a dissatisfied customer."""

import re
from collections.abc import Callable
from typing import Any

from browser.conftest import LOCAL
from sqlalchemy import text
from support.browsers import PATIENCE
from support.cast import BOB
from support.databases import ON_SQLITE, Load

from data_access.database.engine import current_engine


def test_a_signal_opens_into_its_cases_and_leads_to_the_colleague(year_server: Any, visit: Callable[..., Any]) -> None:
    visitor = visit("en-GB", "light", 1440)
    visitor.open(year_server.url("/coaching"), "Coaching")
    page = visitor.page
    page.locator(".worklist .line").first.click()  # by name
    page.get_by_text("Unlikely to be chance alone").wait_for(timeout=PATIENCE)
    page.get_by_text("Look at the process before you look at the person.").wait_for(timeout=PATIENCE)
    page.get_by_text("Over time").click()
    page.get_by_role("heading", name="Colleague", exact=True).wait_for(timeout=PATIENCE)
    page.get_by_text("Practice would help Bodil").wait_for(timeout=PATIENCE)
    page.wait_for_url(re.compile("agent=BHA"), timeout=PATIENCE)
    assert visitor.foreign_requests == []


@ON_SQLITE
def test_a_dissatisfied_customer_is_opened_called_and_written_down(
    agency: Load, database_url: str, serve: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    agency("customers", "number,name,phones\nK1,Kim Kunde,20111111\n")
    agency(
        "surveys",
        f"source_id,agent,customer_number,answered_at,score,comment\nS1,{BOB},K1,2026-05-06T10:00:00+02:00,2,Ventede\n",
    )
    server = serve(DATABASE_URL=database_url, **LOCAL)
    visitor = visit("en-GB", "light", 1440)
    visitor.open(server.url("/"), "Today")
    visitor.page.get_by_text("A dissatisfied customer has not been called").wait_for(timeout=PATIENCE)
    visitor.open(server.url("/satisfaction"), "Satisfaction")
    page = visitor.page
    assert not page.get_by_text("Kim Kunde").count()
    page.locator(".worklist .line").click()
    page.get_by_role("button", name="Show name, number and comment").click()
    page.get_by_text("Kim Kunde").wait_for(timeout=PATIENCE)
    page.get_by_text("Ventede").wait_for(timeout=PATIENCE)
    page.get_by_label("Called by (initials)").fill("ali")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved. The customer has been called.").wait_for(timeout=PATIENCE)
    page.get_by_text("Called: ALI · 14:00 · content now").wait_for(timeout=PATIENCE)
    with current_engine().connect() as connection:
        query = "SELECT initials FROM survey_response JOIN agent ON agent.id = followed_up_by_id"
        assert connection.scalar(text(query)) == "ALI"
        logged = connection.execute(text("SELECT action FROM access_log UNION ALL SELECT action FROM audit_log"))
        assert [row[0] for row in logged] == ["open_customer", "follow_up"]
