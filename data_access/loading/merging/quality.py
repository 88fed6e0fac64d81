"""The merge of what customers say and what colleagues see: invitations, ratings (Q2, Q3), concerns (Q5)."""

from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import and_, case, exists, func, null, or_, select, update

from data_access.database.schema import call, concern, ring, survey_invitation, survey_response
from data_access.loading.resolve import (
    resolve_agents,
    resolve_by_initials,
    resolve_customers,
    set_aside_other_customers,
)
from data_access.loading.upsert import Days, Merge, Upsert, leave_out_what_was_blanked, record_key
from metrics.house_rules import SCALES, in_force

ANSWER_PARTS = ("score", "competence", "treatment")


def forget_what_is_too_old(merge: Merge, *names: str) -> None:
    """What names a customer is not even loaded once its time is over (Q2)."""
    months = in_force(merge.rules.retention, merge.today).survey_months
    border = merge.today - relativedelta(months=months)
    merge.run(update(merge.staged).where(merge.staged.c.local_date < border).values(dict.fromkeys(names)))


def merge_invitations(merge: Merge) -> Days:
    staged = merge.staged
    resolve_agents(merge, merge.mapping.source)
    forget_what_is_too_old(merge, "customer_number")
    resolve_customers(merge, required=False)
    set_aside_other_customers(merge, survey_invitation, "customer_number")
    values = {name: staged.c[name] for name in ("customer_id", "agent_id", "sent_at", "local_date")}
    Upsert(merge, survey_invitation, record_key(merge), values).apply()
    return set()


def merge_surveys(merge: Merge) -> Days:
    """Ratings. Whom one is about, and from whom it comes, may follow from its invitation or its call."""
    staged = merge.staged
    resolve_agents(merge, merge.mapping.source)
    resolve_by_initials(
        merge, staged.c.followed_up_by, "followed_up_by", into="other_agent_id", source=merge.mapping.source
    )
    stored = and_(survey_response.c.source == merge.mapping.source, survey_response.c.source_id == staged.c.source_id)
    known_scale = select(survey_response.c.scale).where(stored).scalar_subquery()
    merge.run(update(staged).where(staged.c.scale.is_(None)).values(scale=func.coalesce(known_scale, "1-10")))
    set_aside_impossible_answers(merge)
    forget_what_is_too_old(merge, "customer_number", "comment")
    resolve_customers(merge, required=False)
    # Whom an old answer is about stays, also where only its call tells (Q2).
    resolve_origin(merge)
    forget_what_is_too_old(merge, "customer_id", "call_id", "invitation_id")
    set_aside_other_customers(merge, survey_response, "customer_number")
    keep_the_first_follow_up(merge)
    names = ("invitation_id", "customer_id", "agent_id", "call_id", "answered_at", "scale", *ANSWER_PARTS, "comment")
    values = {name: staged.c[name] for name in (*names, "followed_up_at", "follow_up_outcome", "local_date")}
    Upsert(merge, survey_response, record_key(merge), values | {"followed_up_by_id": staged.c.other_agent_id}).apply()
    return set()


def set_aside_impossible_answers(merge: Merge) -> None:
    staged = merge.staged
    for name in ANSWER_PARTS:
        for scale, (lowest, highest) in SCALES.items():
            outside = and_(staged.c.scale == scale, ~staged.c[name].between(lowest, highest))
            merge.set_aside(name, f"lies outside the scale {scale}, {lowest} to {highest}", outside)
    merge.set_aside("followed_up_at", "is before answered_at", staged.c.followed_up_at < staged.c.answered_at)
    undated = and_(staged.c.followed_up_by.is_not(None), staged.c.followed_up_at.is_(None))
    merge.set_aside("followed_up_at", "is missing: when was the customer called?", undated)
    nameless = and_(staged.c.followed_up_by.is_(None), staged.c.followed_up_at.is_not(None))
    merge.set_aside("followed_up_by", "is missing: who called the customer?", nameless)
    merge.set_aside("followed_up_at", "is yet to come", staged.c.followed_up_at > merge.now)
    untold = and_(staged.c.follow_up_outcome.is_not(None), staged.c.followed_up_at.is_(None))
    merge.set_aside("follow_up_outcome", "stands without followed_up_at", untold)


def resolve_origin(merge: Merge) -> None:
    """The invitation and the call of each rating, and through them its agent and customer where the row names none."""
    staged, invited = merge.staged, survey_invitation.c
    named = and_(invited.source == merge.mapping.source, invited.source_id == staged.c.invitation)
    merge.run(
        update(staged)
        .where(staged.c.invitation.is_not(None))
        .values(invitation_id=select(invited.id).where(named).scalar_subquery())
    )
    unknown = and_(staged.c.invitation.is_not(None), staged.c.invitation_id.is_(None))
    merge.set_aside("invitation", "no invitation has this source_id; load invitations first", unknown)
    # A number that two telephone systems have given says nothing.
    only_call_id = select(case((func.count() == 1, func.min(call.c.id)), else_=null())).where(
        call.c.source_id == staged.c.call
    )
    merge.run(update(staged).where(staged.c.call.is_not(None)).values(call_id=only_call_id.scalar_subquery()))
    # Where several spoke with the customer nobody can say whom they rated.
    spoke = func.count(ring.c.agent_id.distinct())
    answered = select(case((spoke == 1, func.min(ring.c.agent_id)), else_=null())).where(
        ring.c.call_id == staged.c.call_id, ring.c.outcome == "answered"
    )
    of_invitation = {name: select(invited[name]).where(invited.id == staged.c.invitation_id) for name in FROM_ORIGIN}
    of_call = {
        "agent_id": answered,
        "customer_id": select(call.c.customer_id).where(call.c.id == staged.c.call_id),
    }
    values: dict[str, Any] = {
        name: func.coalesce(staged.c[name], of_invitation[name].scalar_subquery(), of_call[name].scalar_subquery())
        for name in FROM_ORIGIN
    }
    merge.run(
        update(staged).where(or_(staged.c.invitation_id.is_not(None), staged.c.call_id.is_not(None))).values(values)
    )


FROM_ORIGIN = ("agent_id", "customer_id")


def keep_the_first_follow_up(merge: Merge) -> None:
    """Who called the customer first stands, whatever is loaded later: it may have been written down here."""
    staged, stored = merge.staged, survey_response.c
    is_known = exists().where(
        stored.source == merge.mapping.source,
        stored.source_id == staged.c.source_id,
        stored.followed_up_at.is_not(None),
    )
    nothing = {"followed_up_at": None, "follow_up_outcome": None, "other_agent_id": None}
    merge.run(update(staged).where(is_known).values(nothing))


def merge_concerns(merge: Merge) -> Days:
    staged, source = merge.staged, merge.mapping.source
    resolve_by_initials(merge, staged.c.about, "about", source=source)
    resolve_by_initials(merge, staged.c.by, "by", into="other_agent_id", source=source)
    leave_out_what_was_blanked(merge, "text")
    values = {
        "about_id": staged.c.agent_id,
        "by_id": staged.c.other_agent_id,
        "at": staged.c.at,
        "rule": staged.c.rule,
        "text": staged.c.text,
    }
    Upsert(merge, concern, record_key(merge), values).apply()
    return set()
