"""The draft of a mapping: what it finds in ten files of six kinds; no wrong guess comes without a question mark."""

from pathlib import Path

import pytest
from support.databases import NOW, Load
from support.places import ROOT

from data_access.loading.load import load_file
from data_access.sources.files import FileRefusedError
from data_access.sources.guessing import first_rows, guess
from metrics.house_rules import HouseRules

EXPORTS = ROOT / "tests/exports"
TELEPHONE = """Call Id;Date;Time;Agent;Department;Answered (Y/N);Resolved;Speed of Answer;AvgTalkDuration;Rating
ID0001;13/01/2026;09:12:58;Diane;Washing Machine;Y;Y;109;00:02:23;3
ID0002;01/02/2026;09:47:31;Becky;Air Conditioner;N;N;;;
"""
OMSTILLING = """Opkaldsoversigt;;;;;;
;;;;;;
Opkaldsid;Starttidspunkt;Retning;Resultat;Kø;Taletid (sek);Medarbejder
17;18-11-2026 10:00:05;Indgående;Besvaret;Hovednummer;125;BDA
18;18-11-2026 10:03:05;Indgående;Mistet;Hovednummer;0;
"""
MESSAGES = """Sag,Kundenr,Oprettet den,Oprettet af,Emne,Sendt til,Afsluttet,Prioritet
1,K100971,2026-11-18 10:00,KM,Ring om bil,BDA,2026-11-18 15:00,høj
2,K100972,2026-11-18 11:00,KM,Ring om hus,KC,,lav
"""
ABSENCES = """Medarbejder;Fraværstype;Fra dato;Til dato;Ansøgt
BDA;Ferie;01-12-2026;04-12-2026;25-10-2026
KM;Syg;18-11-2026;18-11-2026;
"""
SHIFTS = """Employee,Shift start,Shift end,Location
BDA,2026-11-18T09:00:00+01:00,2026-11-18T17:00:00+01:00,Aarhus
"""
PEOPLE = """Initialer;Fulde navn;E-mail;Ansættelsesdato;Fratrådt
BDA;Bo Dam;bda@agency.example;01-02-2020;
KM;Kim Mø;km@agency.example;15-08-2024;31-12-2026
"""
FILES = {
    "a telephone system's sample": ("calls", TELEPHONE, {
        "source_id": ("Call Id",), "started_at": ("Date", "Time"), "status": ("Answered (Y/N)",),
        "answer_seconds": ("Speed of Answer",), "talk_seconds": ("AvgTalkDuration",), "agent": ("Agent",),
    }, 6),
    "a Danish switchboard with a title": ("calls", OMSTILLING, {
        "source_id": ("Opkaldsid",), "started_at": ("Starttidspunkt",), "direction": ("Retning",),
        "status": ("Resultat",), "queue": ("Kø",), "talk_seconds": ("Taletid (sek)",), "agent": ("Medarbejder",),
    }, 7),
    "title and total": ("calls", EXPORTS / "csv_forms_of_spreadsheets/title_and_total.csv", {
        "source_id": ("id",), "started_at": ("start",), "ended_at": ("end",), "status": ("status",),
    }, 4),
    "UTF-16": ("calls", EXPORTS / "csv_forms_of_spreadsheets/utf16.csv", {
        "source_id": ("id",), "started_at": ("start",), "ended_at": ("end",), "status": ("status",),
    }, 4),
    "lengths without hours": ("calls", EXPORTS / "lengths_without_hours/calls.csv", {
        "source_id": ("source_id",), "started_at": ("started_at",), "talk_seconds": ("talk",),
        "status": ("status",), "queue": ("queue",), "agent": ("agent",),
    }, 6),
    "messages of a CRM": ("callbacks", MESSAGES, {
        "source_id": ("Sag",), "customer_number": ("Kundenr",), "created_at": ("Oprettet den",),
        "created_by": ("Oprettet af",), "reason": ("Emne",), "sent_to": ("Sendt til",), "done_at": ("Afsluttet",),
    }, 7),
    "absences": ("absences", ABSENCES, {
        "agent": ("Medarbejder",), "kind": ("Fraværstype",), "first_day": ("Fra dato",), "last_day": ("Til dato",),
        "requested_on": ("Ansøgt",),
    }, 5),
    "a rota": ("shifts", SHIFTS, {"agent": ("Employee",), "starts_at": ("Shift start",), "ends_at": ("Shift end",)}, 3),
    "people": ("agents", PEOPLE, {
        "initials": ("Initialer",), "name": ("Fulde navn",), "email": ("E-mail",), "first_day": ("Ansættelsesdato",),
        "last_day": ("Fratrådt",),
    }, 5),
    "customers": ("customers", EXPORTS / "phones_with_words/customers.csv", {
        "number": ("number",), "name": ("name",), "phones": ("phones",), "owner": ("owner",),
    }, 4),
}  # fmt: skip
"""By file its kind, which column is which field, and how many of those the draft finds."""


def file_of(content: str | Path, folder: Path) -> Path:
    if isinstance(content, Path):
        return content
    file = folder / "export.csv"
    file.write_text(content, encoding="windows-1252")
    return file


@pytest.mark.parametrize(("kind", "content", "truth", "hits"), FILES.values(), ids=FILES)
def test_a_draft_finds_the_fields_and_puts_a_question_mark_to_each_wrong_guess(
    kind: str, content: str | Path, truth: dict[str, tuple[str, ...]], hits: int, tmp_path: Path
) -> None:
    draft = guess(kind, file_of(content, tmp_path))
    right = [name for name, columns in truth.items() if name in draft.fields and draft.fields[name].columns == columns]
    assert len(right) == hits, draft.text()
    wrong = [name for name, made in draft.fields.items() if truth.get(name) != made.columns and not made.doubt]
    assert wrong == [], draft.text()


@pytest.mark.parametrize("name", ["absences", "people"])
def test_a_draft_loads_as_it_is(name: str, load: Load, house_rules: HouseRules, tmp_path: Path) -> None:
    load("agents", "initials\nBDA\nKM\n")
    kind, content, _, _ = FILES[name]
    file, mapping = file_of(content, tmp_path), tmp_path / "draft.toml"
    draft = guess(kind, file)
    mapping.write_text(draft.text(), encoding="utf-8")
    shown = first_rows(draft, file, house_rules, NOW)
    assert (len(shown.frame), shown.problems) == (2, [])
    report = load_file(kind, file, mapping, house_rules, lambda: NOW)
    assert (report.rows_read, report.loaded, report.problems) == (2, 2, [])


def test_a_day_that_may_be_a_month_bears_a_question_mark(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    for day, doubt in (("03/04/2026", "or %m/%d/%Y"), ("13/04/2026", "")):
        file.write_text(f"id,start\n1,{day} 10:00\n")
        assert guess("calls", file).fields["started_at"].doubt == doubt
    file.write_text("id,start\n1,04/13/2026 10:00\n")
    assert "%m/%d/%Y %H:%M" in guess("calls", file).fields["started_at"].toml


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("queue_log_transfer/queue_log", "asterisk_queue_log_calls.toml"),
        ("cdr_cancelled/Master.csv", "asterisk_cdr_calls.toml"),
        ("ics_one_uid_for_all_shifts/shifts.ics", "calendar_shifts.toml"),
    ],
)
def test_a_file_that_needs_no_draft_is_said(case: str, reason: str) -> None:
    with pytest.raises(FileRefusedError, match=reason):
        guess("calls", EXPORTS / case)


@pytest.mark.parametrize("content", ["", "\n\n", "1;2\n3;4\n", "\0\0", "a;b\n", "{}"])
def test_a_file_without_anything_to_guess_is_refused_or_gives_a_draft_of_gaps(content: str, tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_text(content)
    try:
        draft = guess("calls", file)
    except FileRefusedError:
        return
    assert {"source_id", "started_at"} <= set(draft.missing) | {n for n, made in draft.fields.items() if made.doubt}


def test_what_settles_the_month_or_is_written_otherwise_may_stand_far_down(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    days = [f"{row},0{1 + row % 9}/0{1 + row % 7}/2026 10:00,{row}" for row in range(2_000)]
    file.write_text("\n".join(["id,start,queue", *days, *(f"m{day},1/{day}/2026 10:00,1" for day in range(13, 29))]))
    draft = guess("calls", file)
    assert draft.fields["started_at"].toml == '{ column = "start", format = "%m/%d/%Y %H:%M" }'
    assert "queue" not in draft.fields  # two thousand numbers are no queues


def test_an_id_that_stands_twice_and_times_in_two_forms_bear_a_question_mark(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    rows = [f"{row},2026-05-06 10:0{row}" for row in range(9)]
    file.write_text("\n".join(["id,start_time", *rows, *rows, "1,09-20-2022 17:56:00"]))
    fields = guess("calls", file).fields
    assert fields["source_id"].doubt == "some values stand there twice"
    assert fields["started_at"].doubt == "some are written otherwise, as 09-20-2022 17:56:00"
