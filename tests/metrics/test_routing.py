"""Rules B5 and B6, row by row."""

import pytest
from support.cast import at

from metrics.callbacks import Holder
from metrics.house_rules import DEFAULT_FILE, read_house_rules
from metrics.routing import (
    CaseHandler,
    Receivers,
    is_complete,
    is_misrouted,
    is_returned,
    right_receivers,
    was_copied_to_quality,
)

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
        ("general", None, None, HANDLER, True, Receivers((), (2,))),  # again: the handler and nobody else
        ("general", None, None, AWAY, True, Receivers((), (3,))),  # again, and the handler is away: the buddy
        ("general", None, None, ALONE, True, Receivers((), (2,))),
        ("general", None, None, GONE, True, Receivers(("kc",))),
        ("general", None, None, ALONE, False, Receivers((), (2,))),  # no buddy
        ("general", None, None, GONE, False, Receivers(("kc",))),
        ("general", None, None, NOBODY, False, Receivers(("kc",))),
        ("claims", None, None, HANDLER, False, Receivers(("claims",))),
        ("claims", None, None, HANDLER, True, Receivers(("claims",), (2,))),
        ("claims", None, None, AWAY, True, Receivers(("claims",), (3,))),
        ("abroad", None, None, HANDLER, False, Receivers(("assistance",))),
        # Again: not to policy, economy or travel, whatever the matter.
        ("abroad", None, None, HANDLER, True, Receivers((), (2,))),
        ("payment", None, None, HANDLER, True, Receivers((), (2,))),
        ("travel", None, None, HANDLER, True, Receivers((), (2,))),
        ("policy", "PROSAM", None, HANDLER, True, Receivers((), (2,))),
        ("payment", None, None, GONE, True, Receivers(("kc",))),  # KC has the customers of who has left
        ("payment", None, None, GONE, False, Receivers(("economy",))),
        ("policy", "PROSAM", None, HANDLER, False, Receivers(("policy",))),
        ("policy", "FIRST", None, HANDLER, False, Receivers(("partners",))),
        ("policy", "KAB", None, HANDLER, False, Receivers((), (2,))),  # the agent himself
        ("general", None, "ABC", NOBODY, False, Receivers(("partners",))),
        # Partner customers go to the partner every time, before any topic but claims.
        ("payment", None, "ABC", HANDLER, False, Receivers(("partners",))),
        ("escalation", None, "ABC", HANDLER, False, Receivers(("partners",))),
        ("general", None, "ABC", HANDLER, True, Receivers(("partners",))),
        ("claims", None, "ABC", HANDLER, False, Receivers(("claims",))),
        # Whoever wants to speak to a superior is answered by the main mailbox, and by no agent.
        ("escalation", None, None, HANDLER, False, Receivers(("escalation",))),
        ("escalation", None, None, HANDLER, True, Receivers(("escalation",))),
        ("general", None, "DBR biler", NOBODY, False, Receivers(("partners", "kc"))),  # either is right
        ("claims", None, "DBR biler", NOBODY, False, Receivers(("claims",))),  # the topic first
    ],
)
def test_a_request_goes_where_it_belongs(
    topic: str, insurer: str | None, portfolio: str | None, handler: CaseHandler, again: bool, receivers: Receivers
) -> None:
    assert right_receivers(RULES, topic, insurer, portfolio, handler, at("10:00"), again=again) == receivers


@pytest.mark.parametrize(
    ("topic", "portfolio", "again", "receivers"),
    [
        ("general", "Vintage biler", False, Receivers(("kc",))),  # no line speaks of it: the list does
        ("general", "Vintage biler", True, Receivers(("kc",))),
        ("payment", "Vintage biler", False, Receivers(("economy",))),
        ("general", "Goldwing", False, Receivers(("partners", "kc"))),  # the dated line decides
    ],
)
def test_a_portfolio_on_the_list_is_kcs(topic: str, portfolio: str, again: bool, receivers: Receivers) -> None:
    to = right_receivers(RULES, topic, None, portfolio, HANDLER, at("10:00"), again=again, is_portfolio_of_kc=True)
    assert to == receivers


@pytest.mark.parametrize(
    ("sent_to", "handed_to", "returned"),
    [
        (KC, [BIRGIT], True),  # to its author
        (KC, [BOB], False),  # passed on to whom it belongs: misrouted, and mended
        (KC, [BOB, BIRGIT], False),
        (KC, [], False),  # it lies there
        (BOB, [BIRGIT], False),  # not sent to KC
        (None, [BIRGIT], False),
    ],
)
def test_what_kc_gives_back_to_its_author_is_returned(
    sent_to: Holder | None, handed_to: list[Holder], returned: bool
) -> None:
    assert is_returned(sent_to, Receivers((), (2,)), handed_to, author_id=3) is returned
    assert not is_returned(sent_to, Receivers(("kc",)), handed_to, author_id=3)  # it was KC's


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


@pytest.mark.parametrize(
    ("copied_to", "is_copy"),
    [
        (None, False),
        ("", False),
        ("kvalitet@kontor.example", True),
        ("Quality", True),
        ("QUA", True),
        ("bo@kontor.example; qua", True),  # among others
        ("Quinn@Kontor.Example", True),  # the address of somebody of quality
        ("quark", False),  # begins as their initials do
        ("bo@kontor.example", False),
    ],
)
def test_a_copy_goes_to_quality_where_it_says_so_or_names_somebody_of_quality(
    copied_to: str | None, is_copy: bool
) -> None:
    assert was_copied_to_quality(copied_to, ("QUA", "quinn@kontor.example")) is is_copy
