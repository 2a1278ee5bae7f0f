"""Config and options flows over the REST interface, answered as a user would."""

from collections.abc import Callable, Mapping, Sequence
import json
from typing import Any

from .instance_link import CallError, Link

type Form = dict[str, Any]
type Answer = Mapping[str, Any] | Callable[[Form], Mapping[str, Any]]

CONFIG_FLOW_PATH = "/api/config/config_entries/flow"
OPTIONS_FLOW_PATH = "/api/config/config_entries/options/flow"


class FlowError(Exception):
    """Error for a flow that did not end as expected, with the last result of the flow."""

    def __init__(self, result: Form) -> None:
        shown = {
            key: value
            for key, value in result.items()
            if key not in {"flow_id", "handler", "context"}
        }
        super().__init__(json.dumps(shown, indent=2))
        self.result = result

    @property
    def errors(self) -> dict[str, str]:
        """The errors of the form, by field."""
        return self.result.get("errors") or {}

    @property
    def reason(self) -> str | None:
        """The reason why the flow was aborted."""
        return self.result.get("reason")


def accept_defaults(**changes: object) -> Callable[[Form], Mapping[str, Any]]:
    """Return an answer that changes these fields and keeps the defaults of the others."""
    return lambda form: _schema_defaults(form.get("data_schema") or []) | changes


def _schema_defaults(schema: list[dict[str, Any]]) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for field in schema:
        if field.get("type") == "expandable":
            answer[field["name"]] = _schema_defaults(field["schema"])
            continue
        suggested = (field.get("description") or {}).get("suggested_value")
        if (value := field.get("default") if suggested is None else suggested) is not None:
            answer[field["name"]] = value
    return answer


def _field_errors(error: CallError) -> Form:
    """Return the errors of single fields, which come as HTTP 400 instead of a form with errors."""
    try:
        said: Form = json.loads(error.message)
    except json.JSONDecodeError:
        return {"message": error.message}
    return said


async def run_flow(
    link: Link, path: str, start: Mapping[str, Any], answers: Sequence[Answer]
) -> Form:
    """Run a flow with one answer for each step. Raises FlowError if the flow fails."""
    result: Form = await link.post(path, dict(start))
    for answer in answers:
        if result["type"] not in {"form", "menu"}:
            break
        try:
            result = await link.post(
                f"{path}/{result['flow_id']}", dict(answer(result) if callable(answer) else answer)
            )
        except CallError as error:
            await link.delete(f"{path}/{result['flow_id']}")
            raise FlowError(
                {"type": "refused", "step_id": result.get("step_id")} | _field_errors(error)
            ) from error
    done = result["type"] == "create_entry" or result.get("reason") == "reconfigure_successful"
    if done:
        return result
    if result["type"] in {"form", "menu"}:
        # Otherwise the flow would stay in progress in Home Assistant, and block the next one.
        await link.delete(f"{path}/{result['flow_id']}")
    raise FlowError(result)
