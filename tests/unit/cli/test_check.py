"""`opcua-ml check`: what it says of a good file and of a bad one, for people and for programs."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from opcua_ml import bundled
from opcua_ml.cli.output import Output

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Run


@pytest.mark.parametrize("output", list(Output))
def test_a_good_file_ends_with_0(run: Run, tmp_path: Path, plant: str, output: Output) -> None:
    """In both forms, with the endpoint it would serve on."""
    file = tmp_path / "plant.toml"
    file.write_text(plant)
    ended = run("check", file, "--output", output)
    assert ended.code == 0
    assert ended.error == ""
    assert "opc.tcp://127.0.0.1:4840/opcua-ml" in ended.out


def test_a_good_file_is_summarised_for_programs(run: Run, tmp_path: Path, plant: str) -> None:
    """As one JSON object."""
    file = tmp_path / "plant.toml"
    file.write_text(plant + '[plcs.pump]\nendpoint = "opc.tcp://10.0.0.1:4840"\n')
    told = json.loads(run("check", file, "-o", "json").out)
    assert told["ok"] is True
    assert told["problems"] == []
    assert told["plcs"] == {"pump": "opc.tcp://10.0.0.1:4840"}


def test_details_that_do_not_fit_the_model_are_told(run: Run, tmp_path: Path, plant: str) -> None:
    """An unknown name, and names of classes that are too few."""
    file = tmp_path / "plant.toml"
    details = '[models.fault]\npackage = "pump_fault"\n[models.fault.details.label]\n'
    details += 'category_names = { de = ["keine"] }\n[models.fault.details.Flw]\nvalue_precision = 1.0\n'
    file.write_text(plant + details)
    ended = run("check", file)
    assert ended.code == 1
    assert 'models.fault.details.Flw: unknown input or output "Flw", did you mean "Flow"?' in ended.error
    assert "models.fault.details.label: 1 category_names in de for" in ended.error


def test_problems_are_told_to_programs_field_by_field(run: Run, tmp_path: Path, plant: str) -> None:
    """Nobody has to take sentences apart."""
    file = tmp_path / "plant.toml"
    file.write_text(plant + "[logging]\nlevel = 3\n")
    ended = run("check", file, "-o", "json")
    assert ended.code == 1
    (problem,) = json.loads(ended.out)["problems"]
    assert problem["where"] == f"{file}: logging.level"
    assert problem["found"] == "3"
    assert "'debug'" in problem["wanted"]
    assert problem["sentence"] in ended.error


def test_what_the_service_would_refuse_to_load_is_a_problem(run: Run, tmp_path: Path, plant: str) -> None:
    """Such as a pin that is no file's of the package."""
    file = tmp_path / "plant.toml"
    pinned = f'trust = {{ format = "joblib", sha256 = "{"a" * 64}" }}'
    file.write_text(f'{plant}[models.flow]\npackage = "pump_flow"\n{pinned}\n')
    ended = run("check", file)
    assert ended.code == 1
    assert "models.flow.package: " in ended.error
    assert "the configuration pins another file than the package has" in ended.error


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ('password_env = "OPCUA_ML_TEST_UNSET"', "the environment variable with the password is not set"),
        ('password_file = "latin-1.txt"', "the file with the password can't be read"),
    ],
)
def test_a_password_that_can_not_be_read_is_a_problem(
    run: Run, tmp_path: Path, plant: str, key: str, told: str
) -> None:
    """The service would not start without it; no part of it is shown."""
    (tmp_path / "latin-1.txt").write_bytes(b"s\xe9same")
    file = tmp_path / "plant.toml"
    plc = '[plcs.pump]\nendpoint = "opc.tcp://10.0.0.1:4840"\nusername = "ml"\n'
    file.write_text(f"{plant}{plc}{key}\n")
    ended = run("check", file, "-o", "json")
    assert ended.code == 1
    (problem,) = json.loads(ended.out)["problems"]
    assert problem["where"] == f"{file}: plcs.pump.{key.split(maxsplit=1)[0]}"
    assert problem["what"] == told
    assert "same" not in ended.out + ended.error
    assert "xe9" not in ended.out + ended.error


def test_what_is_still_to_do_is_told_with_its_commands(run: Run, tmp_path: Path) -> None:
    """A user to add and a client to trust are no problems: the service starts without them."""
    file = tmp_path / "plant.toml"
    file.write_text("")
    told = json.loads(run("check", file, "-o", "json").out)
    assert told["ok"] is True
    add, accept = told["to_do"]
    assert f"opcua-ml user add NAME --role Operator --users {tmp_path / 'users.toml'}" in add
    assert f"opcua-ml trust accept THUMBPRINT --pki {tmp_path / 'pki'}" in accept
    assert add in run("check", file).out
    assert not (tmp_path / "pki").exists()


@pytest.mark.parametrize(
    ("users", "told"),
    [("[users.anna", "users.toml"), ("", "no user in"), ("[users.anna]\nenabled = false\n", "no user in")],
    ids=["broken", "empty", "disabled"],
)
def test_a_file_of_users_that_lets_nobody_in_is_told(run: Run, tmp_path: Path, users: str, told: str) -> None:
    """Whatever is wrong with it."""
    file = tmp_path / "plant.toml"
    file.write_text("")
    (tmp_path / "users.toml").write_text(users)
    (step,) = [one for one in json.loads(run("check", file, "-o", "json").out)["to_do"] if "log in" in one]
    assert step.startswith("nobody can log in, as ")
    assert told in step


def test_nothing_is_to_do_where_anybody_may_look(run: Run, tmp_path: Path, plant: str) -> None:
    """Without security and user a client is in at once."""
    file = tmp_path / "plant.toml"
    file.write_text(plant + 'policies = ["None"]\n')
    assert json.loads(run("check", file, "-o", "json").out)["to_do"] == []


def test_schema_is_json(run: Run) -> None:
    """And describes the same sections that check knows."""
    told = json.loads(run("schema").out)
    sections = {"server", "plcs", "models", "alarms", "history", "logging", "store"}
    assert set(told["properties"]) == sections


def test_a_nodeset_whose_requirements_are_missing_is_a_problem(run: Run, tmp_path: Path, plant: str) -> None:
    """With the model that is missing, by URI and version."""
    (tmp_path / "a.xml").write_text(
        '<UANodeSet xmlns="http://opcfoundation.org/UA/2011/03/UANodeSet.xsd"><NamespaceUris>'
        '<Uri>urn:test:a</Uri></NamespaceUris><Models><Model ModelUri="urn:test:a"><RequiredModel '
        'ModelUri="urn:test:b" Version="3.2"/></Model></Models></UANodeSet>'
    )
    file = tmp_path / "plant.toml"
    file.write_text(f'[server]\nnodesets = ["a.xml"]\n{plant}')
    ended = run("check", file)
    assert ended.code == 1
    assert "server.nodesets: " in ended.error
    assert "urn:test:b 3.2" in ended.error


def test_pinned_data_that_can_t_be_read_is_a_problem(run: Run, tmp_path: Path, plant: str) -> None:
    """It would keep every version from going live."""
    file, data = tmp_path / "plant.toml", b"flow,target\n1.0\n"
    (tmp_path / "pinned.csv").write_bytes(data)
    told = f'evaluation = {{ path = "pinned.csv", sha256 = "{hashlib.sha256(data).hexdigest()}" }}'
    model = '[models.flow]\npackage = "pump_flow"\nversioned = true\n'
    file.write_text(f"{plant}{model}[models.flow.gates]\n{told}\n")
    ended = run("check", file)
    assert ended.code == 1
    assert "models.flow.gates.evaluation: " in ended.error
    assert "line 2" in ended.error


def test_a_password_in_a_registry_s_uri_is_refused_and_not_shown(
    run: Run, tmp_path: Path, plant: str
) -> None:
    """MLflow's client takes it from its environment."""
    file = tmp_path / "plant.toml"
    mlflow = '[models.flow.mlflow]\nuri = "https://ann:hunter2@mlflow:5000"\nmodel = "flow"\n'
    file.write_text(f'{plant}[models.flow]\npackage = "pump_flow"\nversioned = true\n{mlflow}')
    ended = run("check", file)
    assert ended.code == 1
    assert "MLFLOW_TRACKING_PASSWORD" in ended.error
    assert "hunter2" not in ended.error + ended.out


def test_a_first_version_without_a_signature_is_a_problem(run: Run, tmp_path: Path, plant: str) -> None:
    """The service would not start; with unsigned ones allowed, it would."""
    file = tmp_path / "plant.toml"
    store = f'[store]\nfolder = "{(tmp_path / "versions").as_posix()}"\n'
    model = '[models.flow]\npackage = "pump_flow"\nversioned = true\n'
    file.write_text(plant + store + model)
    ended = run("check", file)
    assert ended.code == 1
    assert "models.flow.package: the package is not signed" in ended.error
    assert "wanted opcua-ml sign, or store.allow_unsigned" in ended.error
    (tmp_path / "versions" / "flow").mkdir(parents=True)
    (tmp_path / "versions" / "flow" / "journal").touch()  # as a service leaves it that did not start
    assert run("check", file).code == 1
    file.write_text(plant + store + "allow_unsigned = true\n" + model)
    assert run("check", file).code == 0


def test_a_signed_package_whose_signer_nobody_trusts_is_told_as_such(
    run: Run, tmp_path: Path, plant: str
) -> None:
    """It is the folder of signers that lacks something, not the package."""
    assert run("signer", "new", "ann", "--folder", tmp_path).code == 0
    key, signed = tmp_path / "ann.key", tmp_path / "flow.zip"
    assert run("sign", bundled.model("pump_flow"), "--key", key, "--path", signed).code == 0
    file = tmp_path / "plant.toml"
    store = f'[store]\nfolder = "{(tmp_path / "versions").as_posix()}"\nsigners = "nowhere"\n'
    file.write_text(f'{plant}{store}[models.flow]\npackage = "./flow.zip"\nversioned = true\n')
    ended = run("check", file)
    assert ended.code == 1
    assert "signed, but nobody is trusted to sign; wanted the signer's .pem file" in ended.error


def test_standard_output_is_json_alone_where_it_is_asked_for(run: Run, tmp_path: Path, plant: str) -> None:
    """What is loaded on the way is told on standard error."""
    (tmp_path / "a.xml").write_text(
        '<UANodeSet xmlns="http://opcfoundation.org/UA/2011/03/UANodeSet.xsd"><NamespaceUris>'
        "<Uri>urn:test:a</Uri></NamespaceUris></UANodeSet>"
    )
    file = tmp_path / "plant.toml"
    file.write_text(f'[server]\nnodesets = ["a.xml"]\n{plant}')
    ended = run("check", file, "-o", "json")
    assert json.loads(ended.out)["ok"] is True
    assert "nodeset loaded" in ended.error


def test_tags_of_results_that_nothing_would_show_are_a_problem(run: Run, tmp_path: Path, plant: str) -> None:
    """Nodeset or verdicts are missing: the service would read part ids for nobody."""
    file = tmp_path / "plant.toml"
    plc = '[plcs.line]\nendpoint = "opc.tcp://10.0.0.1:4840"\nnamespace_uri = "urn:line"\n'
    results = 'results.part_id = "line:s=Part"\n'
    models = (
        f'[models.fault]\npackage = "pump_fault"\n{results}[models.flow]\npackage = "pump_flow"\n{results}'
    )
    file.write_text(f"{plant}{plc}{models}")
    ended = run("check", file)
    assert ended.code == 1
    assert "models.flow.results: the model gives no verdicts" in ended.error
    assert (
        "models.fault.results: nothing shows results: the nodeset of Machinery Result is not" in ended.error
    )


@pytest.mark.parametrize(
    "key",
    [
        "server.state",
        "server.security.pki",
        "server.security.audit.folder",
        "store.folder",
        "store.signers",
        "history.folder",
    ],
)
@pytest.mark.parametrize("below", ["", "/new"])
def test_a_file_where_a_folder_is_wanted_is_a_problem(run: Run, tmp_path: Path, key: str, below: str) -> None:
    """With its key: the service would fail on it in the words of the file system."""
    (tmp_path / "taken").touch()
    file = tmp_path / "plant.toml"
    file.write_text(f'{key} = "taken{below}"\n')
    ended = run("check", file)
    assert ended.code == 1
    assert f"{key}: not a folder" in ended.error


def test_a_folder_where_the_file_of_users_is_wanted_is_a_problem(run: Run, tmp_path: Path) -> None:
    """Nobody could log in."""
    file = tmp_path / "plant.toml"
    file.write_text('[server.security]\nusers = "."\n')
    ended = run("check", file)
    assert ended.code == 1
    assert "server.security.users: not a file" in ended.error


def test_a_gate_that_is_not_installed_is_a_problem(run: Run, tmp_path: Path, plant: str) -> None:
    """It would keep every version from going live."""
    file = tmp_path / "plant.toml"
    model = '[models.flow]\npackage = "pump_flow"\nversioned = true\ngates.custom = ["nobodys"]\n'
    file.write_text(f"{plant}[store]\nallow_unsigned = true\n{model}")
    ended = run("check", file)
    assert ended.code == 1
    assert (
        'models.flow.gates.custom: the gate is not installed; there are: none; found "nobodys"' in ended.error
    )


@pytest.mark.parametrize("kind", ["inputs", "outputs"])
def test_a_name_of_a_mapping_that_the_model_does_not_have_is_a_problem(
    run: Run, tmp_path: Path, plant: str, kind: str
) -> None:
    """It would map nothing."""
    file = tmp_path / "plant.toml"
    model = f'[models.flow]\npackage = "pump_flow"\nversioned = true\nmapping.{kind} = {{ Flou = "x" }}\n'
    file.write_text(f"{plant}[store]\nallow_unsigned = true\n{model}")
    ended = run("check", file)
    assert ended.code == 1
    assert f'models.flow.mapping.{kind}: unknown {kind[:-1]} "Flou"' in ended.error


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('[server.security]\npolicies = "None"\n', "a list, in [ ]"),
        ('[history.postgresql]\nurl = "postgresql://h/d"\nschema_name = "A-b"\n', "a lower-case letter or _"),
        (
            '[models.m]\npackage = "pump_flow"\n[models.m.inputs.a]\ntag = "p:s=x"\nunit = "FURLONG"\n',
            "at most 3",
        ),
    ],
)
def test_what_is_wanted_is_told_in_words_of_this_project(
    run: Run, tmp_path: Path, text: str, wanted: str
) -> None:
    """Not in those of the library that checks."""
    file = tmp_path / "plant.toml"
    file.write_text(text)
    ended = run("check", file)
    assert ended.code == 1
    assert f"wanted {wanted}" in ended.error
