"""What each role reads: every page opens, no sentence says more than its reader may know, and each number that a
sentence names is the number of lines under it."""

import re
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest
from support.seen import table_with, texts, worklist
from support.simulated_year import SimulatedYear

from data_access.demo import truths as planted

Open = Callable[..., AppTest]
TODAY, CALLBACKS, CALLS = "pages/today/overview.py", "pages/service/callbacks.py", "pages/service/calls.py"
NOTES, COVERAGE, ABSENCE = "pages/quality/notes.py", "pages/rota/coverage.py", "pages/rota/absence.py"
COACHING, COLLEAGUE = "pages/quality/coaching.py", "pages/quality/agent.py"
SATISFACTION, HAND_OVER = "pages/quality/satisfaction.py", "pages/customers/reassign.py"
SOURCES, RULES, AUDIT = "pages/system/sources.py", "pages/system/rules.py", "pages/system/audit.py"
PAGES = (
    TODAY, CALLBACKS, CALLS, NOTES, COVERAGE, ABSENCE, COACHING, COLLEAGUE, SATISFACTION, HAND_OVER, SOURCES, RULES,
    AUDIT,
)  # fmt: skip
NOT_THEIRS = {
    COVERAGE: "How the phones are manned is shown to team leads",
    SOURCES: "What was loaded is shown to the quality manager",
    HAND_OVER: "Only team leads, the quality manager and administrators hand customers over.",
}
NONE_AT_ALL = (
    "No calls came in",
    "No rota is laid",
    "no rota is loaded, or nobody knows",
    "Every source is as fresh",
    "Nobody who is no longer active has",
    "No quarter with ratings has been published",
    "Published ",
    "Nothing was loaded in the last two weeks",
)
"""What only somebody who sees everybody can say."""
SEES_A_TEAM, SEES_EVERYBODY = ("lead", "quality", "admin"), ("quality", "admin")


@pytest.fixture(scope="module")
def people(simulated_year: SimulatedYear) -> dict[str, str | None]:
    """A reader of each role; nobody in particular is the quality manager."""
    lead = simulated_year.frame(
        "SELECT initials FROM team_lead JOIN team ON team.id = team_id JOIN agent ON agent.id = agent_id "
        "WHERE team.name = 'Vest'"
    )
    others = simulated_year.frame("SELECT role, initials FROM agent WHERE role IN ('kc', 'admin') ORDER BY initials")
    of_role = others.drop_duplicates("role").set_index("role")["initials"]
    return {
        "agent": planted.DRAWS_REMINDERS,
        "kc": of_role["kc"],
        "lead": lead["initials"][0],
        "quality": None,
        "admin": of_role.get("admin"),
    }


def open_as(open_year: Open, page: str, viewer: str | None, **parameters: str) -> AppTest:
    app = open_year(page, **({} if viewer is None else {"viewer": viewer}), **parameters)
    assert not app.error, (page, viewer)
    return app


def said_count(pattern: str, text: str) -> int:
    """The number before some words; 0 where they are not said."""
    match = re.search(rf"([\d,]+) {pattern}", text)
    return as_number(match[1]) if match else 0


def as_number(text: str) -> int:
    return int(text.replace(",", ""))


def sentence(app: AppTest) -> str:
    return str(app.header[0].value)


def lines(app: AppTest, key: str) -> list[tuple[str, list[str]]]:
    return worklist(app, key) if app.get("bidi_component") else []


def of_view(app: AppTest, name: str) -> int:
    (label,) = (label for label in app.segmented_control(key="view").options if label.startswith(name))
    return said_count("", f"{label.removeprefix(name).strip()} ")


@pytest.mark.parametrize("role", ["agent", "kc", "lead", "quality", "admin"])
def test_no_sentence_is_false_for_its_reader(people: dict[str, str | None], open_year: Open, role: str) -> None:
    if role not in ("quality",) and people[role] is None:
        pytest.fail(f"The simulated agency has no {role}.")
    for page in PAGES:
        app = open_as(open_year, page, people[role])
        said = texts(app)
        if role not in SEES_EVERYBODY:
            forbidden = [words for words in NONE_AT_ALL if words in said]
            assert not [words for words in forbidden if role != "lead" or not words.startswith("No ")], page
            # Whose matters the sentences are about.
            assert [caption.value for caption in app.caption if caption.value.startswith("You see ")], page
        is_theirs = page not in NOT_THEIRS or role in SEES_EVERYBODY or (role == "lead" and page != SOURCES)
        assert (NOT_THEIRS.get(page, "not on this page") in said) is not is_theirs, page
        for what, named, shown in CHECKS.get(page, nothing_counted)(app, open_year, people[role]):
            assert named == shown, f"{page}: {what}: {sentence(app)}"


Counts = Iterator[tuple[str, int, int]]
"""What is counted, the number in the sentence, and the number on the page."""


def nothing_counted(_app: AppTest, _open: Open, _viewer: str | None) -> Counts:
    yield from ()


def today(app: AppTest, open_year: Open, viewer: str | None) -> Counts:
    overdue = said_count("customers? (is|are) overdue", sentence(app))
    others = said_count("(more )?things? needs? attention", sentence(app))
    subjects = [line[0] for _group, line in lines(app, "overview")]
    yield "lines", overdue + others, sum(said_count("customers?", subject) or 1 for subject in subjects)
    callbacks = open_as(open_year, CALLBACKS, viewer)
    yield "overdue as on Callbacks", overdue, of_view(callbacks, "Overdue") if lines(callbacks, "callbacks") else 0


def callbacks(app: AppTest, open_year: Open, viewer: str | None) -> Counts:
    if not (shown := lines(app, "callbacks")):
        return
    yield "all open", of_view(app, "All open"), len(shown)
    overdue = open_as(open_year, CALLBACKS, viewer, view="overdue")
    yield "overdue", said_count("customers? (is|are) overdue", sentence(app)), len(lines(overdue, "callbacks"))
    pattern = open_as(open_year, CALLBACKS, viewer, view="pattern")
    rows = pattern.get_by_key("attempts").value
    lacking = rows["next"].str.startswith("today") & (rows["pattern"] != "")
    yield "missing today", said_count("customers? still need", texts(pattern)), int(lacking.sum())


def calls(app: AppTest, _open: Open, _viewer: str | None) -> Counts:
    (numbers,) = re.findall(r"answered ([\d,]+) of ([\d,]+)", sentence(app))
    answered, received = map(as_number, numbers)
    rows = app.get_by_key("calls").value
    if "You answered" in sentence(app):
        yield "answered", answered, int(rows["answered"].sum())
        yield "received", received, int(rows["received"].sum())
        return
    identity = [link.proto.label.replace("*", "") for link in app.get("page_link")]
    yield "answered", answered, said_count("answered", identity[1])


def notes(app: AppTest, _open: Open, _viewer: str | None) -> Counts:
    if said := re.findall(r"([\d,]+) of ([\d,]+) conversations? (?:is|are) written down", sentence(app)):
        table = table_with(app, "conversations_noted", "dialled_noted")
        cells = [cell.split(" of ") for cell in table["conversations_noted"] if "of" in cell]
        for place, what in enumerate(("written down", "conversations")):
            yield what, as_number(said[0][place]), sum(as_number(cell[place]) for cell in cells)


def coverage(app: AppTest, _open: Open, _viewer: str | None) -> Counts:
    yield "holes", said_count("holes? to", sentence(app)) if app.header else 0, len(lines(app, "holes"))


def absence(app: AppTest, _open: Open, _viewer: str | None) -> Counts:
    groups = [group for group, _line in lines(app, "away")]
    yield "planned", said_count("absences? (is|are) planned", sentence(app)), groups.count("Planned")
    uncovered = said_count("(is|are) away now without cover", sentence(app))
    yield "without cover", uncovered, groups.count("Away now, and nobody covers")


def coaching(app: AppTest, _open: Open, _viewer: str | None) -> Counts:
    shown = lines(app, "signals")
    for words, title in (("colleagues? would benefit", "Practice would help"), ("stands? out positively", "Strengths")):
        yield title, said_count(words, sentence(app)), len({line[0] for group, line in shown if group == title})


def satisfaction(app: AppTest, _open: Open, _viewer: str | None) -> Counts:
    waiting = [line for group, line in lines(app, "satisfaction") if group.startswith("Nobody has called")]
    yield "not called", said_count("dissatisfied customers? ha(s|ve) not been called", sentence(app)), len(waiting)


def hand_over(app: AppTest, open_year: Open, viewer: str | None) -> Counts:
    if not app.header:
        return
    shown = [line for _group, line in lines(open_as(open_year, HAND_OVER, viewer, view="all"), "reassign")]
    yield "handlers", said_count("case handlers? seems? no longer", sentence(app)), len(shown)
    for words, column in (("customers?", 0), ("requests? lies? with", 2), ("overdue", 2)):
        in_line = "open requests?" if words.startswith("requests") else words
        yield words, said_count(words, sentence(app)), sum(said_count(in_line, line[column]) for line in shown)


CHECKS: dict[str, Callable[[AppTest, Open, str | None], Counts]] = {
    TODAY: today,
    CALLBACKS: callbacks,
    CALLS: calls,
    NOTES: notes,
    COVERAGE: coverage,
    ABSENCE: absence,
    COACHING: coaching,
    SATISFACTION: satisfaction,
    HAND_OVER: hand_over,
}
