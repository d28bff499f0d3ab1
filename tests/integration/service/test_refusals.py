"""What is wrong is told in one sentence on standard error, before anything is served."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from opcua_ml import bundled
from tests.integration.service.hmi import connected
from tests.integration.service.processes import configuration, simulator, started

NOBODY = "opc.tcp://127.0.0.1:9"


def refused(*arguments: str) -> str:
    """The one sentence of a command that must fail without a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "opcua_ml", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(told) == 1, done.stderr
    return told[0]


def copied(folder: Path) -> Path:
    """A package that may be damaged."""
    package = folder / "package"
    shutil.copytree(bundled.model("pump_flow"), package)
    return package


def edited(package: Path, old: str, new: str) -> None:
    """Replace a text in the manifest."""
    manifest = package / "manifest.toml"
    text = manifest.read_text(encoding="utf-8")
    assert old in text
    manifest.write_text(text.replace(old, new), encoding="utf-8")


def corrupt_artifact(package: Path) -> None:
    """One byte of the artifact is another."""
    artifact = package / "model.onnx"
    data = bytearray(artifact.read_bytes())
    data[len(data) // 2] ^= 1
    artifact.write_bytes(data)


def lose_artifact(package: Path) -> None:
    """A file that the manifest names is not there."""
    (package / "model.onnx").unlink()


def misspell_manifest(package: Path) -> None:
    """The manifest has a key that it can't have."""
    edited(package, "description =", "descripton =")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (corrupt_artifact, "SHA-256"),
        (lose_artifact, "model.onnx"),
        (misspell_manifest, "descripton"),
    ],
)
def test_a_damaged_package_is_refused_by_check_and_by_serve(
    tmp_path: Path, damage: Callable[[Path], None], words: str
) -> None:
    """The file is named, and nothing was opened."""
    package = copied(tmp_path)
    damage(package)
    file = configuration(tmp_path, NOBODY, package=str(package))
    for command in ("check", "serve"):
        assert words in refused(command, str(file))


def test_another_library_version_is_refused_where_only_the_estimator_is_left(tmp_path: Path) -> None:
    """Both versions are named."""
    package = copied(tmp_path)
    text = (package / "manifest.toml").read_text(encoding="utf-8")
    version = text.partition("[framework]")[2].partition('version = "')[2].partition('"')[0]
    edited(package, f'version = "{version}"', 'version = "0.1.2"')
    told = refused(
        "serve", str(configuration(tmp_path, NOBODY, package=str(package), lines=['artifact = "skops"']))
    )
    assert "0.1" in told
    assert version in told


def test_a_misspelt_key_is_refused_with_the_right_one(tmp_path: Path) -> None:
    """File, key and what was meant."""
    told = refused("serve", str(configuration(tmp_path, NOBODY, lines=["inline_bugdet_ms = 1.0"])))
    assert "plant.toml" in told
    assert "inline_bugdet_ms" in told
    assert "inline_budget_ms" in told


def test_an_input_that_the_model_does_not_have_is_refused(tmp_path: Path) -> None:
    """By check, before anything connects."""
    file = configuration(tmp_path, NOBODY, MotorSped="pump:s=PumpStation.MotorSpeed")
    assert "MotorSped" in refused("check", str(file))


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    """The address is named."""
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        file = configuration(tmp_path, NOBODY, endpoint=f"opc.tcp://127.0.0.1:{port}")
        assert str(port) in refused("serve", str(file))


@pytest.mark.parametrize(
    ("tag", "status", "words"),
    [
        ("pump:s=PumpStation.NoSuchTag", "BadNodeIdUnknown", "NoSuchTag"),
        ("pump:s=PumpStation.Running", "BadTypeMismatch", "Boolean"),
    ],
)
async def test_a_tag_that_cannot_feed_its_input_is_bad_for_all_to_see(
    tmp_path: Path, tag: str, status: str, words: str
) -> None:
    """The service runs; the outputs are Bad with the standard's code, and Sources tells the reason."""
    async with simulator() as (_, endpoint):
        file = configuration(tmp_path, endpoint, MotorSpeed=tag)
        async with started("serve", str(file)) as service, connected(service.first_line) as hmi:
            output = "flow.Outputs.flow"
            await hmi.until(
                output, lambda value: value.StatusCode is not None and value.StatusCode.name == status
            )
            assert await hmi.text("flow.OffendingTag") == "MotorSpeed"
            await hmi.until("MachineLearning.Sources.pump.LastError", lambda value: words in str(value.Value))
