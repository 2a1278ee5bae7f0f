"""Aux heat that a relay or a meter shows although the thermostat does not call for heat."""

from ...model import Quality, Role
from ...sense.detector import is_called_elsewhere
from ..context import AlertContext
from ..verdict import NOT_MET, UNKNOWN, Thresholds, Verdict

IDLE_ACTIONS = frozenset({"fan", "idle"})


def is_aux_measured(context: AlertContext) -> bool | None:
    """Return True if a relay or a meter shows aux heat on, or None if the only ones are silent."""
    readings = [
        evidence.is_on
        for evidence in context.evidence
        if evidence.role is Role.AUX and evidence.quality is Quality.MEASURED
    ]
    if True in readings:
        return True
    return None if None in readings else False


def is_aux_on_while_idle(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Check whether aux heat is measured while the thermostat calls for nothing.

    That says nothing about a thermostat that has reported idle with aux heat before.
    """
    thermostat = context.observation.thermostat
    measured, is_called = is_aux_measured(context), is_called_elsewhere(context.observation)
    if (
        measured is False
        or context.circumstances.reports_idle_with_aux
        or context.is_reheating
        or is_called
    ):
        return NOT_MET
    if measured is None or thermostat.hvac_action is None or is_called is None:
        return UNKNOWN
    return Verdict(
        holds=thermostat.hvac_action in IDLE_ACTIONS and thermostat.is_set_to_heat,
        facts={"mode": thermostat.hvac_action},
    )
