"""Facts that several conditions tell."""

from ...model import Quality
from ..context import AlertContext
from ..verdict import Facts

CERTAINTY, ESTIMATED = "certainty", "estimated"


def certainty_facts(context: AlertContext) -> Facts:
    """Return the fact that aux heat is only estimated, if no signal measures or reports it."""
    return {CERTAINTY: ESTIMATED} if context.heat.quality is Quality.INFERRED else {}


def room_facts(context: AlertContext) -> Facts:
    """Tell how warm the room is and should be."""
    return {
        name: value
        for name, value in (("room_c", context.room), ("setpoint_c", context.setpoint))
        if value is not None
    }


def outdoor_facts(context: AlertContext) -> Facts:
    """Tell how warm it is outdoors."""
    return {} if context.outdoor is None else {"outdoor_c": context.outdoor}


def cause_facts(context: AlertContext) -> Facts:
    """Tell why the strips ran last."""
    run = context.ledger.run
    return {} if run is None else {"cause": run.cause.value}
