"""AUX over its budget lowers the setpoint step by step, and without strips it comes back."""

from dataclasses import dataclass, replace
from datetime import datetime

from ...settings.protection import OVERRUN_BACK_AFTER, OVERRUN_DWELL, OVERRUN_MOST, OVERRUN_STEP
from ...units import EPSILON


@dataclass(frozen=True, slots=True)
class Overrun:
    """By how much it is lowered, K, and since when."""

    lowered: float = 0.0
    since: datetime | None = None


WITHIN = Overrun()


def followed(
    overrun: Overrun, at: datetime, *, is_over: bool, last_aux: datetime | None
) -> tuple[Overrun, datetime | None]:
    """Take in whether AUX is over its budget, and when it was last seen; tell also when the next step is due."""
    since = at if overrun.since is None else min(overrun.since, at)
    ran = (
        last_aux is not None
        and at - last_aux <= OVERRUN_DWELL
        and (not overrun.lowered or last_aux > since)
    )
    if is_over and ran and overrun.lowered < OVERRUN_MOST - EPSILON:
        due = since + OVERRUN_DWELL
        if overrun.lowered and at < due:
            return replace(overrun, since=since), due
        return Overrun(overrun.lowered + OVERRUN_STEP, at), at + OVERRUN_DWELL
    if not overrun.lowered:
        return WITHIN, None
    due = max(since, last_aux or since) + OVERRUN_BACK_AFTER
    if at < due:
        return replace(overrun, since=since), due
    left = overrun.lowered - OVERRUN_STEP
    return (Overrun(left, at), at + OVERRUN_BACK_AFTER) if left > EPSILON else (WITHIN, None)
