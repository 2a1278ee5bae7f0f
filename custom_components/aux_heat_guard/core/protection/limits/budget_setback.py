"""The budget setback: aux heat over its budget lowers the setpoint step by step."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from ...model import Limit
from ...settings.protection import (
    BUDGET_SETBACK_DWELL,
    BUDGET_SETBACK_STEP,
    BUDGET_SETBACK_UNDO_AFTER,
    MAX_BUDGET_SETBACK,
)
from ...units import EPSILON
from ..context import ControlContext
from .base import LimitInputs, LimitState, StoredField, StoredKind
from .ramp_limit import RampLimit


@dataclass(frozen=True, slots=True)
class BudgetSetback(LimitState):
    """How far the setpoint is lowered."""

    lowered_by: float = 0.0
    """K."""
    since: datetime | None = None
    """The time of the last step."""

    LIMIT: ClassVar = Limit.BUDGET_SETBACK
    STORED: ClassVar[Mapping[str, StoredField]] = {
        "lowered_by": StoredField(
            StoredKind.DIFFERENCE, key="lowered", highest=2 * MAX_BUDGET_SETBACK
        ),
        "since": StoredField(StoredKind.INSTANT),
    }

    def advance_always(
        self, context: ControlContext, *, is_held: bool
    ) -> tuple[BudgetSetback, datetime | None]:
        """Follow the budget. No steps down are saved up during a hold."""
        is_enabled = context.settings.protection.has_budget_setback
        return self.advance(
            context.at,
            is_over_budget=is_enabled and context.is_over_budget and not is_held,
            aux_last_seen=context.aux_last_seen,
        )

    def advance(
        self, at: datetime, *, is_over_budget: bool, aux_last_seen: datetime | None
    ) -> tuple[BudgetSetback, datetime | None]:
        """Return the next state, and when the next step is due."""
        since = at if self.since is None else min(self.since, at)
        has_run = (
            aux_last_seen is not None
            and at - aux_last_seen <= BUDGET_SETBACK_DWELL
            and (not self.lowered_by or aux_last_seen > since)
        )
        if is_over_budget and has_run and self.lowered_by < MAX_BUDGET_SETBACK - EPSILON:
            due = since + BUDGET_SETBACK_DWELL
            if self.lowered_by and at < due:
                return replace(self, since=since), due
            lowered = BudgetSetback(self.lowered_by + BUDGET_SETBACK_STEP, at)
            return lowered, at + BUDGET_SETBACK_DWELL
        if not self.lowered_by:
            return NO_BUDGET_SETBACK, None
        due = max(since, aux_last_seen or since) + BUDGET_SETBACK_UNDO_AFTER
        if at < due:
            return replace(self, since=since), due
        remaining = self.lowered_by - BUDGET_SETBACK_STEP
        if remaining <= EPSILON:
            return NO_BUDGET_SETBACK, None
        return BudgetSetback(remaining, at), at + BUDGET_SETBACK_UNDO_AFTER

    def max_setpoint(self, inputs: LimitInputs) -> float | None:
        """Return the lowered target in °C.

        Comfort comes before saving: the setback is not in force while the ramp limit is lifted
        because the room stayed too cold.
        """
        is_lowered = self.lowered_by >= BUDGET_SETBACK_STEP - EPSILON
        if not is_lowered or RampLimit.of(inputs.states).is_backstop_active:
            return None
        return inputs.target - self.lowered_by


NO_BUDGET_SETBACK = BudgetSetback()
