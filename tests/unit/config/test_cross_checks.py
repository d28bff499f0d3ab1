"""What only the whole configuration shows to be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opcua_ml.config import Configuration

    Loaded = Callable[[str], Configuration]
    Problems = Callable[[str], list[str]]

SECOND = """
[models.second]
package = "./packages/anomaly"
inputs.flow = "pump:s=Pump.Flow"
"""


def test_a_file_of_users_may_come_later(loaded: Loaded, plant: str, tmp_path: Path) -> None:
    """Without a word about security it is users.toml beside the file, and so are keys and audit log."""
    security = loaded(plant.replace('[server.security]\nanonymous = "observer"', "")).server.security
    found = (security.users, security.pki, security.audit.folder)
    assert found == (tmp_path / "users.toml", tmp_path / "pki", tmp_path / "audit")
    assert security.anonymous == "refused"
    assert security.audit.enabled


def test_no_audit_log_is_kept_only_where_that_is_written(loaded: Loaded, plant: str) -> None:
    """A choice, like every other way to less security."""
    text = plant.replace("[server.security]", "[server.security]\naudit.enabled = false")
    assert not loaded(text).server.security.audit.enabled


def test_a_tag_of_an_unknown_plc_is_refused(problems: Problems, plant: str) -> None:
    """With the nearest name that there is."""
    told = problems(plant.replace('flow = "pump:', 'flow = "pmp:'))
    assert told == [': models.anomaly.inputs.flow: unknown PLC "pmp", did you mean "pump"?']


def test_a_tag_without_a_namespace_is_refused(problems: Problems, plant: str) -> None:
    """Unless the PLC's table or the node itself names one."""
    told = problems(plant.replace('namespace_uri = "urn:plant:pump"', ""))
    assert len(told) == 3
    assert "wanted nsu=<namespace URI>;s=Pump.Flow, or namespace_uri in plcs.pump" in told[0]


def test_a_node_s_own_namespace_suffices(loaded: Loaded, plant: str) -> None:
    """The PLC's usual namespace is only for nodes that name none."""
    text = plant.replace('namespace_uri = "urn:plant:pump"', "").replace("s=", "nsu=urn:x;s=")
    assert loaded(text).plcs["pump"].namespace_uri is None


def test_a_heartbeat_without_a_namespace_is_refused(problems: Problems) -> None:
    """As any other tag."""
    told = problems(
        '[server.security]\nanonymous = "observer"\n[plcs.p]\nendpoint = "opc.tcp://h:1"\n'
        'heartbeat.write = "s=Alive"\n'
    )
    assert told == [": plcs.p.heartbeat: the node's namespace is not known; wanted namespace_uri"]


@pytest.mark.parametrize(
    "line", ['outputs.y = "pump:s=Results.Score"', 'quality = "pump:nsu=urn:plant:pump;s=Results.Score"']
)
def test_a_tag_has_one_writer(problems: Problems, plant: str, line: str) -> None:
    """However the second one writes the same tag."""
    (told,) = problems(f"{plant}{SECOND}{line}\n")
    assert "the tag is written by models.anomaly.outputs.score too" in told


def _two_results(first: str, second: str) -> str:
    """A second model whose output and quality go to the tag «Result»."""
    tag = '{{ plc = "pump", node = "s=Result"{} }}'
    return f"{SECOND}outputs.y = {tag.format(first)}\nquality = {tag.format(second)}\n"


def test_fields_of_one_structure_may_have_a_writer_each(loaded: Loaded, plant: str) -> None:
    """They lie side by side."""
    model = loaded(plant + _two_results(', field = "A"', ', field = "B"')).models["second"]
    assert str(model.written["quality"]) == "pump:s=Result, field B"


@pytest.mark.parametrize("second", ["", ', field = "A"'])
def test_a_field_has_one_writer(problems: Problems, plant: str, second: str) -> None:
    """Who writes the whole structure writes the field, too."""
    (told,) = problems(plant + _two_results(', field = "A"', second))
    assert "is written by models.second.outputs.y too" in told


def test_a_tag_has_one_writer_through_two_tables_of_one_plc(problems: Problems, plant: str) -> None:
    """Two names for one endpoint don't make two tags."""
    again = '[plcs.again]\nendpoint = "opc.tcp://127.0.0.1:4841"\nnamespace_uri = "urn:plant:pump"\n'
    (told,) = problems(f'{plant}{SECOND}quality = "again:s=Results.Score"\n{again}')
    assert ": models.second.quality: the tag is written by models.anomaly.outputs.score too" in told


def test_a_model_may_not_write_the_heartbeat(problems: Problems, plant: str) -> None:
    """The heartbeat's tag has its writer."""
    text = plant.replace(
        "[models.anomaly]\n", '[plcs.pump.heartbeat]\nwrite = "s=Results.Score"\n\n[models.anomaly]\n', 1
    )
    (told,) = problems(text)
    assert "written by plcs.pump.heartbeat.write too" in told


def test_a_heartbeat_has_one_writer(problems: Problems, plant: str) -> None:
    """Two tables for one PLC would count it up in turn."""
    again = """
[plcs.pump.heartbeat]
write = "s=Alive"
[plcs.again]
endpoint = "opc.tcp://127.0.0.1:4841"
heartbeat.write = "nsu=urn:plant:pump;s=Alive"
"""
    (told,) = problems(plant + again)
    assert ": plcs.again.heartbeat.write: the tag is written by plcs.pump.heartbeat.write too" in told


def test_a_model_that_reads_what_it_writes_is_refused(problems: Problems, plant: str) -> None:
    """It would trigger itself for ever."""
    (told,) = problems(plant.replace("s=Results.Score", "s=Pump.Flow"))
    assert "the model reads a tag that it writes" in told
    assert "anomaly -> anomaly" in told


def test_models_that_feed_each_other_in_a_circle_are_refused(problems: Problems, plant: str) -> None:
    """Through however many tags."""
    second = SECOND.replace("s=Pump.Flow", "s=Results.Score") + 'outputs.y = "pump:s=Pump.Flow"\n'
    (told,) = problems(plant + second)
    assert "anomaly -> second -> anomaly" in told or "second -> anomaly -> second" in told


def test_a_model_may_read_what_another_writes(loaded: Loaded, plant: str) -> None:
    """A chain is no circle."""
    assert loaded(plant + SECOND.replace("s=Pump.Flow", "s=Results.Score")).models["second"].inputs


def test_a_leading_input_must_be_an_input(problems: Problems, plant: str) -> None:
    """With the nearest name that there is."""
    told = problems(f'{plant}\n[models.anomaly.trigger]\nkind = "leading"\ninput = "flwo"\n')
    assert told == [': models.anomaly.trigger.input: unknown input "flwo", did you mean "flow"?']


def test_a_leading_tag_is_checked_like_any_other(problems: Problems, plant: str) -> None:
    """Its PLC must be there, and it must not be a tag that the model writes."""
    head = f'{plant}\n[models.anomaly.trigger]\nkind = "leading"\ntag = '
    assert problems(f'{head}"nix:s=Go"\n') == [
        ': models.anomaly.trigger.tag: unknown PLC "nix"; wanted one of pump'
    ]
    (told,) = problems(f'{head}"pump:s=Results.Score"\n')
    assert "the model reads a tag that it writes" in told


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (
            '[plcs.p]\nendpoint = "opc.tcp://h:1"\nusername = "u"\npassword_file = "no"\n',
            "plcs.p.password_file",
        ),
        ('[server.security]\nanonymous = "observer"\n[models.m]\npackage = "./no"\n', "models.m.package"),
    ],
)
def test_a_file_that_is_named_must_be_there(problems: Problems, line: str, key: str) -> None:
    """Before anything starts."""
    assert any(f": {key}: there is no such file or folder" in told for told in problems(line))


def test_a_bundled_model_must_be_one_that_is_shipped(problems: Problems, plant: str) -> None:
    """With what is shipped, and with how a path would look."""
    (told,) = problems(plant.replace("./packages/anomaly", "anomaly_of_nobody"))
    assert ': models.anomaly.package: unknown bundled model "anomaly_of_nobody"' in told
    assert "a path such as ./packages/anomaly_of_nobody" in told


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ('a = "x"\nb = "x"', 'mapping.inputs.b: the package\'s input is that of a too; found "x";'),
        ('"" = ""', "mapping.inputs: a name is empty; wanted"),
        ('a = ""\nb = ""', "mapping.inputs: a name is empty; wanted"),
    ],
)
def test_inputs_of_a_package_are_mapped_once_and_have_names(
    problems: Problems, plant: str, written: str, wanted: str
) -> None:
    """No version could be served so."""
    (told,) = problems(f"{plant}\n[models.anomaly.mapping.inputs]\n{written}\n")
    assert wanted in told


def test_names_may_change_places(loaded: Loaded, plant: str) -> None:
    """Which maps each of them once."""
    text = f'{plant}\n[models.anomaly.mapping.inputs]\nflow = "pressure"\npressure = "flow"\n'
    assert loaded(text).models["anomaly"].mapping.inputs == {"flow": "pressure", "pressure": "flow"}


@pytest.mark.parametrize(
    ("store", "key"),
    [
        ('folder = "versions"\ninbox = "versions"', "folder"),
        ('inbox = "x/../versions"', "folder"),
        ('inbox = "./signers"', "signers"),
    ],
)
def test_the_inbox_is_a_folder_of_its_own(problems: Problems, plant: str, store: str, key: str) -> None:
    """The service would take in what it has put there itself."""
    (told,) = problems(f"{plant}\n[store]\n{store}\n")
    assert f"store.inbox: the inbox is the folder of store.{key} too" in told
    assert told.endswith("wanted a folder of its own")


def test_a_folder_is_no_nodeset(problems: Problems, plant: str) -> None:
    """Which is told before anything is read."""
    told = problems(plant.replace("[server.security]", 'server.nodesets = ["/"]\n[server.security]'))
    assert told == [": server.nodesets.0: a folder stands there; found /; wanted a NodeSet2 file"]


def test_a_tag_of_results_is_a_tag_like_any_other(problems: Problems, plant: str) -> None:
    """Its PLC has to be there, and a model that methods alone score makes no results."""
    told = problems(f'{plant}{SECOND}results.part_id = "pmp:s=Part"\n')
    assert told == [': models.second.results.part_id: unknown PLC "pmp", did you mean "pump"?']
    alone = '[models.third]\npackage = "pump_fault"\ntrigger.kind = "method"\nresults.job_id = "pump:s=Job"\n'
    (refused,) = problems(plant + alone)
    assert "models.third: method calls make no results, so results.* has no effect" in refused
