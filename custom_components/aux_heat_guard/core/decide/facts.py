"""Facts that several conditions tell."""

from .situation import Situation
from .verdict import Facts


def room_of(now: Situation) -> Facts:
    """Tell how warm the room is and should be."""
    return {name: value for name, value in (("room_c", now.room), ("setpoint_c", now.setpoint)) if value is not None}


def outdoor_of(now: Situation) -> Facts:
    """Tell how warm it is outdoors."""
    return {} if now.outdoor is None else {"outdoor_c": now.outdoor}


def cause_of(now: Situation) -> Facts:
    """Tell why the strips ran last."""
    run = now.ledger.run
    return {} if run is None else {"cause": run.cause.value}
