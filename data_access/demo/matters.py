"""A customer's matter in the simulated agency: the message, its promise, the attempts, the reminders, the end."""

from dataclasses import dataclass, field
from typing import Any

from data_access.database.schema import callback, callback_owner, contact_attempt, promise
from data_access.demo.people import Customer
from data_access.demo.rows import Rows

CRM = "iba"


@dataclass
class Message:
    """One request of the customer as somebody wrote it down; all times in seconds since 1970."""

    created_at: int
    created_by: int
    topic: str
    reason: str
    preferred: tuple[int, int] | None
    phones: str | None
    sent_at: int | None
    sent_to: int | None
    sent_to_desk: str | None
    told_at: int | None
    is_flagged_reminder: bool = False
    copied_to: str | None = None


@dataclass
class Matter:
    """Everything about one matter until it ends. `owner`: the case handler who has it, None where `desk` has."""

    customer: Customer
    owner: int | None
    desk: str | None
    messages: list[Message]
    promised: tuple[int, int] | None = None
    promises: list[dict[str, Any]] = field(default_factory=list)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    owners: list[dict[str, Any]] = field(default_factory=list)
    tries_of_day: tuple[int, int] = (0, 0)
    """The midnight of the latest day with an attempt, and how many were made on it."""
    is_urgent: bool = False
    is_closed: bool = False
    done_at: int | None = None
    withdrawn_at: int | None = None

    @property
    def topic(self) -> str:
        return self.messages[0].topic

    def is_preferred(self, at: int) -> bool:
        preferred = self.messages[0].preferred
        return preferred is not None and preferred[0] <= at < preferred[1]

    def write(self, rows: Rows) -> None:
        """Put the matter's rows in line, the request before all that refers to it."""
        first_id = None
        for message in self.messages:
            callback_id = rows.add(
                callback,
                source=CRM,
                source_id=f"B{rows.written['callback'] + 1}",
                customer_id=self.customer.id,
                created_at=message.created_at,
                created_by_id=message.created_by,
                topic=message.topic,
                reason=message.reason,
                preferred_from=message.preferred[0] if message.preferred else None,
                preferred_to=message.preferred[1] if message.preferred else None,
                phones=message.phones,
                sent_at=message.sent_at,
                sent_to_id=message.sent_to,
                sent_to_desk=message.sent_to_desk,
                told_at=message.told_at,
                copied_to=message.copied_to,
                reminder_of=f"B{first_id}" if message.is_flagged_reminder and first_id else None,
                done_at=self.done_at,
                withdrawn_at=self.withdrawn_at,
            )
            first_id = first_id or callback_id
        for table, name, facts in (("promise", "P", self.promises), ("contact_attempt", "F", self.attempts)):
            for fact in facts:
                target = promise if table == "promise" else contact_attempt
                rows.add(target, source=CRM, source_id=f"{name}{rows.written[table] + 1}", callback_id=first_id, **fact)
        for change in self.owners:
            rows.add(callback_owner, callback_id=first_id, **change)
