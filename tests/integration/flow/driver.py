"""Drive the setup dialog and the options pages, as a user does."""

from collections.abc import Iterable
from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.aux_heat_guard.const import DOMAIN


async def start_flow(hass: HomeAssistant) -> ConfigFlowResult:
    """Open the setup dialog."""
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})


async def submit(
    hass: HomeAssistant, flow: ConfigFlowResult, *answers: dict[str, Any]
) -> ConfigFlowResult:
    """Answer the pages of the setup dialog."""
    for user_input in answers:
        flow = await hass.config_entries.flow.async_configure(flow["flow_id"], user_input)
    return flow


async def change_options(
    hass: HomeAssistant, entry: MockConfigEntry, page: str, *answers: dict[str, Any]
) -> ConfigFlowResult:
    """Answer some pages of the options."""
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    assert flow["type"] is FlowResultType.MENU
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": page}
    )
    for user_input in answers:
        flow = await hass.config_entries.options.async_configure(flow["flow_id"], user_input)
    await hass.async_block_till_done()
    return flow


def offered_choices(flow: ConfigFlowResult, field: str) -> dict[str, str]:
    """Return the choices that a form offers, value to label."""
    schema = flow["data_schema"]
    assert schema is not None
    options: Iterable[Any] = schema.schema[field].config["options"]
    return {option["value"]: option["label"] for option in options}


def proposed_default(flow: ConfigFlowResult, field: str) -> Any:
    """Return the default or suggested value of a field."""
    schema = flow["data_schema"]
    assert schema is not None
    key = next(key for key in schema.schema if key == field)
    suggested = (key.description or {}).get("suggested_value")
    return key.default() if suggested is None and callable(key.default) else suggested


def form_fields(flow: ConfigFlowResult) -> dict[str, Any]:
    """Return the configuration of each field of a form."""
    schema = flow["data_schema"]
    assert schema is not None
    return {str(key): selector.config for key, selector in schema.schema.items()}
