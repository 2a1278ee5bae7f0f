"""The limits, in the order in which they are reported if several allow the same setpoint."""

from collections.abc import Mapping

from ...model import Limit
from .base import LimitState
from .budget_setback import BudgetSetback
from .cap import Cap
from .ramp_limit import RampLimit

LIMITS: Mapping[Limit, type[LimitState]] = {
    Limit.CAP: Cap,
    Limit.BUDGET_SETBACK: BudgetSetback,
    Limit.RAMP_LIMIT: RampLimit,
}


def initial_limits() -> dict[Limit, LimitState]:
    """Return the initial state of every limit."""
    return {limit: state() for limit, state in LIMITS.items()}
