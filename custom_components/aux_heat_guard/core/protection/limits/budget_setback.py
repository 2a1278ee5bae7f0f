"""AUX over its budget lowers the setpoint step by step, and without strips it comes back."""

from dataclasses import dataclass, replace
from datetime import datetime

from ...settings.protection import (
    BUDGET_SETBACK_DWELL,
    BUDGET_SETBACK_STEP,
    BUDGET_SETBACK_UNDO_AFTER,
    MAX_BUDGET_SETBACK,
)
from ...units import EPSILON


@dataclass(frozen=True, slots=True)
class BudgetSetback:
    """By how much it is lowered, K, and since when."""

    lowered_by: float = 0.0
    since: datetime | None = None


NO_BUDGET_SETBACK = BudgetSetback()


def advance(
    setback: BudgetSetback, at: datetime, *, is_over_budget: bool, aux_last_seen: datetime | None
) -> tuple[BudgetSetback, datetime | None]:
    """Take in whether AUX is over its budget, and when it was last seen; tell also when the next step is due."""
    since = at if setback.since is None else min(setback.since, at)
    ran = (
        aux_last_seen is not None
        and at - aux_last_seen <= BUDGET_SETBACK_DWELL
        and (not setback.lowered_by or aux_last_seen > since)
    )
    if is_over_budget and ran and setback.lowered_by < MAX_BUDGET_SETBACK - EPSILON:
        due = since + BUDGET_SETBACK_DWELL
        if setback.lowered_by and at < due:
            return replace(setback, since=since), due
        return BudgetSetback(
            setback.lowered_by + BUDGET_SETBACK_STEP, at
        ), at + BUDGET_SETBACK_DWELL
    if not setback.lowered_by:
        return NO_BUDGET_SETBACK, None
    due = max(since, aux_last_seen or since) + BUDGET_SETBACK_UNDO_AFTER
    if at < due:
        return replace(setback, since=since), due
    left = setback.lowered_by - BUDGET_SETBACK_STEP
    return (
        (BudgetSetback(left, at), at + BUDGET_SETBACK_UNDO_AFTER)
        if left > EPSILON
        else (NO_BUDGET_SETBACK, None)
    )
