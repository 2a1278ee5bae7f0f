"""With any damaged file, the guard runs, the file is kept, and a repair reports it once."""

from collections.abc import Iterator
import errno
import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import json as json_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.control.switchover import Switchover
from custom_components.aux_heat_guard.core.model import Alert, SwitchoverKind
from custom_components.aux_heat_guard.files import FileKind, GuardFile, UnreadableFileError
from custom_components.aux_heat_guard.history.store import ArchiveWriteError
from custom_components.aux_heat_guard.publish.replies import Replies
from tests.integration.conftest import Wait
from tests.integration.home import THERMOSTAT, add_guard, read_seconds, read_state, set_thermostat

ENTRY = f"guard_of_{THERMOSTAT}"
MAIN, CHAPTER = f"{DOMAIN}.{ENTRY}", f"{DOMAIN}.{ENTRY}.2026"
REPLIES, SWITCHES = f"{DOMAIN}.{ENTRY}.replies", f"{DOMAIN}.{ENTRY}.switches"

NOT_OURS: dict[str, str] = {
    "a list": "[]",
    "nothing": "null",
    "a number": "5",
    "a text": '"x"',
    "no data": json.dumps({"version": 1}),
    "no version": json.dumps({"data": {}}),
    "version 0": json.dumps({"version": 0, "data": {"asked": []}}),
    "version 2": json.dumps({"version": 2, "minor_version": 1, "data": {"asked": []}}),
    "a version in words": json.dumps({"version": "one", "data": {"asked": []}}),
    "data of another": json.dumps({"version": 1, "data": ["x"]}),
    "data in words": json.dumps({"version": 1, "data": "x"}),
}


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Use real files: the substitute of the test package fails in other ways."""
    return {}


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    (tmp_path / ".storage").mkdir()
    return str(tmp_path)


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return tmp_path / ".storage"


@pytest.fixture
def unreadable_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Set the files that cannot be read; the user of the tests may be able to read any file."""
    names: set[str] = set()
    load, read_bytes = json_util.load_json, Path.read_bytes

    def refuse(path: str | Path) -> None:
        if Path(path).name in names:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

    def load_json(path: str, *more: Any) -> Any:
        try:
            refuse(path)
        except OSError as error:
            raise json_util.HomeAssistantError(f"Error while loading {path}: {error}") from error
        return load(path, *more)

    def read(path: Path) -> bytes:
        refuse(path)
        return read_bytes(path)

    monkeypatch.setattr(json_util, "load_json", load_json)
    monkeypatch.setattr(Path, "read_bytes", read)
    yield names
    names.clear()


def files(storage: Path, pattern: str) -> list[Path]:
    return sorted(storage.glob(pattern))


def issues(hass: HomeAssistant) -> dict[str, dict[str, str]]:
    return {
        issue_id.replace(f"_{ENTRY}", ""): issue.translation_placeholders or {}
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.active
    }


async def add_heating_guard(hass: HomeAssistant) -> MockConfigEntry:
    set_thermostat(hass, equipment_running="heatPump,auxHeat1", hvac_action="heating")
    guard = await add_guard(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    return guard


@pytest.mark.parametrize("content", NOT_OURS.values(), ids=NOT_OURS)
@pytest.mark.parametrize(
    "name", [MAIN, CHAPTER, REPLIES, SWITCHES], ids=["main", "chapter", "replies", "switches"]
)
async def test_a_file_that_is_not_ours_is_set_aside_and_reported(
    hass: HomeAssistant, storage: Path, pass_seconds: Wait, name: str, content: str
) -> None:
    (storage / name).write_text(content)

    guard = await add_heating_guard(hass)
    await Switchover(hass, guard).async_apply_options(frozenset())
    await pass_seconds(600)

    assert read_state(hass, guard, "aux_heat").state == "on"
    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(600, abs=1)
    (kept,) = files(storage, f"{name}.set_aside.*")
    assert kept.read_text() == content
    issue = {REPLIES: "replies_set_aside", SWITCHES: "switches_set_aside"}.get(
        name, "history_set_aside"
    )
    assert issues(hass) == {issue: {"name": guard.title, "files": kept.name}}

    await hass.config_entries.async_reload(guard.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert files(storage, "*.set_aside.*") == [kept]
    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(600, abs=1)


async def test_two_parts_of_the_history_are_reported_together(
    hass: HomeAssistant, storage: Path
) -> None:
    (storage / MAIN).write_text("[]")
    (storage / CHAPTER).write_text("[]")

    await add_heating_guard(hass)

    assert issues(hass)["history_set_aside"]["files"].count(".set_aside.") == 2


async def test_an_ignored_repair_returns_for_another_file(
    hass: HomeAssistant, storage: Path
) -> None:
    (storage / MAIN).write_text("[]")
    guard = await add_heating_guard(hass)
    issue_id = f"history_set_aside_{ENTRY}"
    ir.async_ignore_issue(hass, DOMAIN, issue_id, True)
    await hass.config_entries.async_unload(guard.entry_id)
    (storage / MAIN).write_text("5")

    await hass.config_entries.async_setup(guard.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.dismissed_version is None
    assert len(files(storage, f"{MAIN}.set_aside.*")) == 2


async def test_an_unreadable_file_is_kept_and_read_later(
    hass: HomeAssistant, storage: Path, pass_seconds: Wait, unreadable_files: set[str]
) -> None:
    guard = await add_heating_guard(hass)
    await pass_seconds(1200)
    await hass.config_entries.async_unload(guard.entry_id)
    before = (storage / MAIN).read_text()
    unreadable_files.add(MAIN)

    await hass.config_entries.async_setup(guard.entry_id)
    await pass_seconds(900)

    assert read_state(hass, guard, "aux_heat").state == "on"
    assert issues(hass) == {
        f"file_unreadable_{MAIN}".replace(f"_{ENTRY}", ""): {
            "name": guard.title,
            "file": MAIN,
            "error": "Permission denied",
        }
    }
    assert (storage / MAIN).read_text() == before
    await hass.config_entries.async_reload(guard.entry_id)
    await pass_seconds(60)
    assert (storage / MAIN).read_text() == before

    unreadable_files.clear()
    await pass_seconds(120)

    assert issues(hass) == {}
    totals = guard.runtime_data.ledger().totals
    assert totals.aux >= 1200
    assert totals.aux + totals.aux_unknown == pytest.approx(1200 + 900 + 60 + 120, abs=1)
    await pass_seconds(600)
    assert (storage / MAIN).read_text() != before


async def test_a_season_that_cannot_be_read_is_not_overwritten(
    hass: HomeAssistant, storage: Path, pass_seconds: Wait, unreadable_files: set[str]
) -> None:
    guard = await add_heating_guard(hass)
    await pass_seconds(1200)
    await guard.runtime_data.persistence.store.async_archive(guard.runtime_data.ledger())
    await hass.config_entries.async_unload(guard.entry_id)
    before = (storage / CHAPTER).read_text()
    unreadable_files.add(CHAPTER)

    await hass.config_entries.async_setup(guard.entry_id)
    await pass_seconds(600)
    await guard.runtime_data.persistence.store.async_archive(guard.runtime_data.ledger())
    assert (storage / CHAPTER).read_text() == before
    assert guard.runtime_data.ledger().totals.aux == pytest.approx(1800, abs=1)

    unreadable_files.clear()
    await pass_seconds(120)
    await guard.runtime_data.persistence.store.async_archive(guard.runtime_data.ledger())
    assert issues(hass) == {}
    assert (storage / CHAPTER).read_text() != before
    assert guard.runtime_data.ledger().totals.aux == pytest.approx(1920, abs=1)


async def test_a_rebuilt_history_is_not_put_in_the_place_of_a_season_that_cannot_be_read(
    hass: HomeAssistant, storage: Path, pass_seconds: Wait, unreadable_files: set[str]
) -> None:
    guard = await add_heating_guard(hass)
    await pass_seconds(1200)
    store, ledger = guard.runtime_data.persistence.store, guard.runtime_data.ledger()
    await store.async_archive(ledger)
    before = (storage / CHAPTER).read_text()
    unreadable_files.add(CHAPTER)

    with pytest.raises(ArchiveWriteError):
        await store.async_rewrite(ledger, ledger.points[0].at)

    assert (storage / CHAPTER).read_text() == before


async def test_an_unreadable_season_without_a_main_file_blocks_saving(
    hass: HomeAssistant, storage: Path, pass_seconds: Wait, unreadable_files: set[str]
) -> None:
    guard = await add_heating_guard(hass)
    # The archive goes to the last full hour.
    await pass_seconds(3660)
    await guard.runtime_data.persistence.store.async_archive(guard.runtime_data.ledger())
    await hass.config_entries.async_unload(guard.entry_id)
    (storage / MAIN).unlink()
    unreadable_files.add(CHAPTER)

    await hass.config_entries.async_setup(guard.entry_id)
    await pass_seconds(600)
    assert not (storage / MAIN).exists()

    unreadable_files.clear()
    await pass_seconds(120)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert guard.runtime_data.ledger().totals.aux >= 3600


async def test_unreadable_replies_are_added_later(
    hass: HomeAssistant, storage: Path, pass_seconds: Wait, unreadable_files: set[str]
) -> None:
    guard = await add_heating_guard(hass)
    replies = Replies(hass, guard)
    old = replies.async_offer(Alert.OVERRUN, 20.0)
    await hass.async_block_till_done(wait_background_tasks=True)
    before = (storage / REPLIES).read_text()
    unreadable_files.add(REPLIES)

    again = Replies(hass, guard)
    await again.async_start()
    new = again.async_offer(Alert.LONG_RUN, 19.0)
    await pass_seconds(120)
    assert (storage / REPLIES).read_text() == before

    unreadable_files.clear()
    await pass_seconds(120)
    await hass.async_block_till_done(wait_background_tasks=True)
    on_disk = json.loads((storage / REPLIES).read_text())["data"]["asked"]
    assert {row["token"] for row in on_disk} == {old.token, new.token}
    assert issues(hass) == {}


async def test_switches_are_restored_once_the_file_is_readable(
    hass: HomeAssistant, storage: Path, unreadable_files: set[str], pass_seconds: Wait
) -> None:
    hass.states.async_set("switch.furnace", "off")
    set_thermostat(hass)
    furnace = {"furnace_on": True, "furnace_entity": "switch.furnace", "furnace_value": "on"}
    guard = await add_guard(hass, protection=furnace)
    on, off = (async_mock_service(hass, "switch", service) for service in ("turn_on", "turn_off"))
    switching = Switchover(hass, guard)
    assert await switching.async_switch(SwitchoverKind.FURNACE, on=True)
    before = (storage / SWITCHES).read_text()
    unreadable_files.add(SWITCHES)

    assert not await switching.async_switch(SwitchoverKind.FURNACE, on=False)
    assert (len(on), off, (storage / SWITCHES).read_text()) == (1, [], before)
    assert "unswitched_furnace" in issues(hass)

    unreadable_files.clear()
    await pass_seconds(301)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(off) == 1
    assert issues(hass) == {}


async def test_a_folder_in_place_of_a_file_stops_nothing(
    hass: HomeAssistant, storage: Path, pass_seconds: Wait
) -> None:
    for name in (MAIN, CHAPTER, REPLIES, SWITCHES):
        (storage / name).mkdir()

    guard = await add_heating_guard(hass)
    await pass_seconds(300)

    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(300, abs=1)
    assert all((storage / name).is_dir() for name in (MAIN, CHAPTER, REPLIES, SWITCHES))
    assert await hass.config_entries.async_remove(guard.entry_id)
    assert issues(hass) == {}


async def test_bytes_that_are_no_text_are_kept_and_the_guard_runs(
    hass: HomeAssistant, storage: Path
) -> None:
    for name in (MAIN, CHAPTER, REPLIES, SWITCHES):
        (storage / name).write_bytes(b'{"version": 1, "data": "\xff\xfe"}')

    guard = await add_heating_guard(hass)
    await Switchover(hass, guard).async_apply_options(frozenset())

    assert read_state(hass, guard, "aux_heat").state == "on"
    kept = {path.name.partition(".corrupt.")[0] for path in files(storage, "*.corrupt.*")}
    assert kept == {MAIN, CHAPTER, REPLIES, SWITCHES}


async def test_a_file_that_cannot_be_set_aside_is_left_as_it_is(
    hass: HomeAssistant, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (storage / SWITCHES).write_text("[]")
    await add_heating_guard(hass)
    file = GuardFile(hass, ENTRY, FileKind.SWITCHES, ".switches")

    def refuse(*_paths: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "rename", refuse)

    with pytest.raises(UnreadableFileError):
        await file.async_read(lambda data: data)
    with pytest.raises(UnreadableFileError):
        await file.async_save({})
    assert (storage / SWITCHES).read_text() == "[]"


@pytest.mark.parametrize("content", NOT_OURS.values(), ids=NOT_OURS)
async def test_a_guard_can_be_removed_whatever_its_files_are(
    hass: HomeAssistant, storage: Path, content: str
) -> None:
    guard = await add_heating_guard(hass)
    await hass.config_entries.async_unload(guard.entry_id)
    for name in (MAIN, CHAPTER, REPLIES, SWITCHES):
        (storage / name).write_text(content)

    assert await hass.config_entries.async_remove(guard.entry_id)

    assert files(storage, f"{DOMAIN}*") == []
