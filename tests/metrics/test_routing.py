"""Rules B5 and B6, row by row."""

import pytest
from support.cast import at

from metrics.callbacks import Holder
from metrics.house_rules import DEFAULT_FILE, read_house_rules
from metrics.routing import CaseHandler, Receivers, is_complete, is_misrouted, right_receivers

RULES = read_house_rules(DEFAULT_FILE)
BOB, BIRGIT, CARL, KC = Holder("agents", 2), Holder("agents", 3), Holder("kc", 4), Holder("kc")
HANDLER, AWAY = CaseHandler(2, True, False, 3), CaseHandler(2, True, True, 3)
ALONE, GONE, NOBODY = (
    CaseHandler(2, True, True, None),
    CaseHandler(2, False, False, 3),
    CaseHandler(None, False, False, None),
)


@pytest.mark.parametrize(
    ("topic", "insurer", "portfolio", "handler", "again", "receivers"),
    [
        ("general", None, None, HANDLER, False, Receivers((), (2,))),
        ("general", None, None, AWAY, False, Receivers((), (3,))),  # the buddy
        ("general", None, None, AWAY, True, Receivers((), (2,))),  # again: the handler and nobody else
        ("general", None, None, ALONE, False, Receivers((), (2,))),  # no buddy
        ("general", None, None, GONE, False, Receivers(("kc",))),
        ("general", None, None, NOBODY, False, Receivers(("kc",))),
        ("claims", None, None, HANDLER, False, Receivers(("claims",))),
        ("claims", None, None, HANDLER, True, Receivers(("claims",), (2,))),
        ("abroad", None, None, HANDLER, False, Receivers(("assistance",))),
        ("payment", None, None, GONE, False, Receivers(("economy",))),
        ("policy", "PROSAM", None, HANDLER, False, Receivers(("policy",))),
        ("policy", "FIRST", None, HANDLER, False, Receivers(("partners",))),
        ("policy", "KAB", None, HANDLER, False, Receivers((), (2,))),  # the agent himself
        ("general", None, "ABC", NOBODY, False, Receivers(("partners",))),
        ("general", None, "DBR biler", NOBODY, False, Receivers(("partners", "kc"))),  # either is right
        ("claims", None, "DBR biler", NOBODY, False, Receivers(("claims",))),  # the topic first
    ],
)
def test_a_request_goes_where_it_belongs(
    topic: str, insurer: str | None, portfolio: str | None, handler: CaseHandler, again: bool, receivers: Receivers
) -> None:
    assert right_receivers(RULES, topic, insurer, portfolio, handler, at("10:00"), again=again) == receivers


@pytest.mark.parametrize(
    ("sent_to", "receivers", "misrouted"),
    [
        (BOB, Receivers((), (2,)), False),
        (BIRGIT, Receivers((), (2,)), True),
        (KC, Receivers(("kc",)), False),
        (CARL, Receivers(("kc",)), False),  # a person of the right desk
        (KC, Receivers((), (2,)), True),
        (None, Receivers((), (2,)), False),  # never sent: incomplete, not misrouted
    ],
)
def test_anything_else_is_misrouted(sent_to: Holder | None, receivers: Receivers, misrouted: bool) -> None:
    assert is_misrouted(sent_to, receivers) is misrouted


@pytest.mark.parametrize(
    ("reason", "preferred", "phones", "sent", "complete"),
    [
        ("New car", True, "4520123456", True, True),
        ("", True, "4520123456", True, False),
        ("  ", True, "4520123456", True, False),
        (None, True, "4520123456", True, False),
        ("New car", False, "4520123456", True, False),
        ("New car", True, None, True, False),
        ("New car", True, "4520123456", False, False),  # written and never sent
    ],
)
def test_a_message_is_complete_with_reason_time_and_number_and_sent(
    reason: str | None, preferred: bool, phones: str | None, sent: bool, complete: bool
) -> None:
    assert is_complete(reason, preferred, phones, sent) is complete
