"""A wrong house-rules file is refused with file, key and reason."""

from datetime import date
from pathlib import Path

import pytest

from metrics.calendar import is_public_holiday
from metrics.house_rules import DEFAULT_FILE, HouseRules, HouseRulesError, in_force, read_house_rules

GOOD = DEFAULT_FILE.read_text()


@pytest.mark.parametrize(
    ("line", "instead", "key", "reason"),
    [
        ('zone = "Europe/Copenhagen"', 'zone = "Europe/Copenhague"', "zone", "not a time zone"),
        ('country = "DK"', 'country = "Denmark"', "country", "not a country code"),
        ("short_seconds    = [{ from = 2000-01-01, value = 10 }]", "short_seconds = []", "short_seconds", "no version"),
        ("value = 15", "value = -1", "let_ring_seconds.0.value", "greater than or equal to 0"),
        ("value = 15", 'value = "soon"', "let_ring_seconds.0.value", "valid integer"),
        ("value = 15", "value = 15, until = 3", "let_ring_seconds.0.until", "not permitted"),
        ("{ from = 2000-01-01, value = 15 }", "{ value = 15 }", "let_ring_seconds.0.from", "required"),
        (
            "from = 2000-01-01, days = 4, must",
            "from = 2000-01-01, days = 4, hours = 2, must",
            "economy.0",
            "either hours or days",
        ),
        ("from = 2026-01-01, days = 4", "from = 2000-01-01, days = 4", "kc", "two versions from the same date"),
        ('fri = ["09:00-16:30"]', 'fri = ["09:00-08:30"]', "agents.0.fri", "ends before it starts"),
        ('fri = ["09:00-16:30"]', 'fri = ["09:00-25:30"]', "agents.0.fri", "not a clock time"),
        ('fri = ["09:00-16:30"]', 'fri = ["09:00-12:00", "11:00-16:30"]', "agents.0.fri", "overlap"),
        ("[[opening_hours.kc]]", "[[opening_hours.kiosk]]", "opening_hours", "not a desk"),
        ('every = "12-24"', 'every = "13-24"', "closing_days.0", "not a month-day"),
        ('every = "12-24"', 'every = "12-24", on = 2026-01-01', "closing_days.0", "either on"),
        ('value = "elapsed"', 'value = "sundial"', "response_clock.all.0.value", "elapsed"),
        ('  { to = ["handler"] },\n', "", "routing.0.lines", "last line must fit every request"),
        ('to = ["claims"]', 'to = ["kiosk"]', "routing.0.lines.0.to", "neither handler nor a desk"),
        ('to = ["claims"]', "to = []", "routing.0.lines.0.to", "at least 1 item"),
        ("must_tell = true", 'must_tell = "often"', "must_tell", "boolean"),
    ],
)
def test_a_wrong_line_is_named_with_file_key_and_reason(
    line: str, instead: str, key: str, reason: str, tmp_path: Path
) -> None:
    assert line in GOOD
    file = tmp_path / "rules.toml"
    file.write_text(GOOD.replace(line, instead, 1))
    with pytest.raises(HouseRulesError) as refused:
        read_house_rules(file)
    message = str(refused.value)
    assert str(file) in message
    assert key in message
    assert reason in message


@pytest.mark.parametrize(
    ("content", "reason"), [(b"zone = ", "is not TOML"), (b"\xff\xfe", "is not UTF-8"), (b"zone = 3", "zone")]
)
def test_a_broken_file_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_bytes(content)
    with pytest.raises(HouseRulesError, match=reason):
        read_house_rules(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HouseRulesError, match="cannot be read"):
        read_house_rules(tmp_path / "none.toml")


def test_a_file_holds_only_what_differs_from_the_one_that_comes_along(house_rules: HouseRules, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text("[thresholds]\nshort_seconds = [{ from = 2026-01-01, value = 5 }]\n")
    shorter = read_house_rules(file)
    assert [version.value for version in shorter.thresholds.short_seconds] == [5]  # the whole list is another
    assert shorter.thresholds.let_ring_seconds == house_rules.thresholds.let_ring_seconds
    file.write_text("")
    assert read_house_rules(file) == house_rules


def test_a_place_without_a_country_has_no_public_holidays(house_rules: HouseRules, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('country = ""')
    good_friday = date(2026, 4, 3)
    assert is_public_holiday(house_rules, good_friday)
    assert not is_public_holiday(read_house_rules(file), good_friday)


def test_the_version_in_force_on_a_day_decides(house_rules: HouseRules) -> None:
    kc = house_rules.response_targets["kc"]
    assert in_force(kc, date(2025, 12, 31)).hours == 24
    assert in_force(kc, date(2026, 1, 1)).days == 4  # the first day of the new target
    assert in_force(kc, date(1990, 1, 1)).hours == 24  # before the first version the first one is used


def test_only_rules_that_decide_a_stored_figure_change_the_fingerprint(house_rules: HouseRules) -> None:
    # When a source counts as late decides no stored figure; the response clock decides stored deadlines.
    patient = {"stale_after_open_hours": {"calls": [{"from": "2000-01-01", "value": 9}]}}
    slower = {"response_clock": {"all": [{"from": "2000-01-01", "value": "working_days"}]}}
    moved = {"zone": "Europe/Oslo"}
    for change, same in ((patient, True), (slower, False), (moved, False)):
        changed = HouseRules.model_validate(house_rules.model_dump(by_alias=True) | change)
        assert (changed.derivation_digest == house_rules.derivation_digest) is same


def test_every_shipped_rules_file_is_valid() -> None:
    shipped = sorted(Path("data_access/sources/mappings").glob("*_house_rules.toml"))
    assert shipped
    assert all(read_house_rules(file) for file in shipped)
