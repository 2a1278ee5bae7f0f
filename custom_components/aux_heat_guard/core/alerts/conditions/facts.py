"""Facts that several conditions tell."""

from ...model import Quality
from ..context import Situation
from ..verdict import Facts

CERTAINTY, ESTIMATED = "certainty", "estimated"


def certainty_of(now: Situation) -> Facts:
    """Return the fact that aux heat is only estimated, if no signal measures or reports it."""
    return {CERTAINTY: ESTIMATED} if now.heat.quality is Quality.INFERRED else {}


def room_of(now: Situation) -> Facts:
    """Tell how warm the room is and should be."""
    return {
        name: value
        for name, value in (("room_c", now.room), ("setpoint_c", now.setpoint))
        if value is not None
    }


def outdoor_of(now: Situation) -> Facts:
    """Tell how warm it is outdoors."""
    return {} if now.outdoor is None else {"outdoor_c": now.outdoor}


def cause_of(now: Situation) -> Facts:
    """Tell why the strips ran last."""
    run = now.ledger.run
    return {} if run is None else {"cause": run.cause.value}
