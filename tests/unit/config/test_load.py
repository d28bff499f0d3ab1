"""Loading a file: what is read, and how every problem in it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opcua_ml.config import ConfigurationRefused, load, parse
from opcua_ml.domain.errors import ConfigurationError, OpcuaMlError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opcua_ml.config import Configuration

    Loaded = Callable[[str], Configuration]
    Problems = Callable[[str], list[str]]


def test_a_file_becomes_frozen_sections(loaded: Loaded, plant: str, tmp_path: Path) -> None:
    """Values, short and long forms of tags, and paths relative to the file arrive as typed sections."""
    configuration = loaded(plant)
    model = configuration.models["anomaly"]
    assert model.package_path == tmp_path / "packages" / "anomaly"
    assert model.inputs["flow"].node == "s=Pump.Flow"
    assert str(model.inputs["pressure"]) == "pump:s=Pump.Pressure"
    assert (
        str(configuration.plcs["pump"].address(model.inputs["flow"].node)) == "nsu=urn:plant:pump;s=Pump.Flow"
    )
    assert configuration.server.security.pki == tmp_path / "pki"
    with pytest.raises(ValueError, match="frozen"):
        model.worker = "thread"  # type: ignore[assignment]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """The path is in the sentence, and the error is of the project's family."""
    with pytest.raises(ConfigurationError) as error:
        load(tmp_path / "nowhere.toml")
    assert isinstance(error.value, OpcuaMlError)
    assert str(error.value) == f"{tmp_path / 'nowhere.toml'}: there is no such file; wanted a TOML file"


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    """What the operating system refuses to read is a problem of the file, not a traceback."""
    with pytest.raises(ConfigurationRefused, match="can't be read"):
        load(tmp_path)


def test_broken_toml_is_told_with_line_and_column(problems: Problems) -> None:
    """The parser's place is passed on."""
    (told,) = problems('[server]\nname = "x\n')
    assert "the file is no TOML" in told
    assert "line 2, column 10" in told


@pytest.mark.parametrize(
    "text", [f"a = {'[' * 3000}", f"a = {'[' * 3000}{']' * 3000}", "a = " + "{b=" * 3000]
)
def test_what_is_nested_too_deeply_for_the_parser_is_told(problems: Problems, text: str) -> None:
    """It ends in a sentence, though Python's own stack ends first."""
    assert problems(text) == [": the file is no TOML: nested too deeply"]


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    """As an editor on Windows may write it."""
    file = tmp_path / "plant.toml"
    file.write_bytes('name = "Kühlung"'.encode("latin-1"))
    with pytest.raises(ConfigurationRefused, match=r"not UTF-8 \(byte 9\)"):
        load(file)


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path, plant: str) -> None:
    """Windows' editors and shells put one before UTF-8."""
    (tmp_path / "packages" / "anomaly").mkdir(parents=True)
    file = tmp_path / "plant.toml"
    file.write_bytes(plant.replace("\n", "\r\n").encode("utf-8-sig"))
    assert "anomaly" in load(file).models


def test_a_key_given_twice_is_told(problems: Problems) -> None:
    """TOML itself forbids it; so two models of one name can't hide each other."""
    (told,) = problems('[models.a]\npackage = "a"\n[models.a]\npackage = "b"\n')
    assert "line 3" in told


def test_every_problem_is_told_at_once(problems: Problems, plant: str) -> None:
    """Nobody has to mend a file one error at a time."""
    broken = plant.replace('"observer"', '"observre"').replace("namespace_uri", "namespace_ury")
    assert len(problems(broken)) == 2


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("[serve]\n", ': unknown key "serve", did you mean "server"?'),
        ("[server]\nnaem = 'x'\n", ': server: unknown key "naem", did you mean "name"?'),
        ("[server]\nqqq = 1\n", ': server: unknown key "qqq"; wanted one of endpoint, name,'),
        ("[server]\nname = 3\n", ": server.name: not a value that can be; found 3; wanted a valid string"),
        ("[server]\nname = true\n", "found true; wanted a valid string"),
        ("server = 'x'\n", ': server: not a value that can be; found "x"; wanted'),
        (
            "[server.security]\nanonymous = 'all'\n",
            "found \"all\"; wanted 'refused', 'observer' or 'operator'",
        ),
        ("[server.security]\npolicies = []\n", ": server.security.policies: "),
        ("[server]\nnamespace_uri = 'a b'\n", 'found "a b"; wanted a URI without spaces'),
        (
            "[models.f]\npackage = 'p'\ninputs = { a = 5 }\n",
            'found 5; wanted a tag such as "pump:s=Pump.Flow"',
        ),
        ("[server.security]\npolicies = ['Basic128Rsa15']\n", ": server.security.policies.0: "),
        ("[logging]\nlevel = 'loud'\n", ": logging.level: "),
        ("[plcs.pump]\n", ': plcs.pump: the key "endpoint" is missing'),
        ("[plcs.'a.b']\nendpoint = 'opc.tcp://h:1'\n", ': plcs: not a name; found "a.b"; wanted a letter'),
        ("[plcs.p]\nendpoint = 'opc.tcp://h:1'\nqueue_size = '9'\n", 'found "9"; wanted a valid integer'),
        (
            "[plcs.p]\nendpoint = 'opc.tcp://h:1'\nqueue_size = 0\n",
            "found 0; wanted greater than or equal to 1",
        ),
        ("[models.m]\npackage = 'm'\ntrigger = {}\n", ': models.m.trigger: the key "kind" is missing'),
        ("[models.m]\npackage = 'm'\ntrigger = 'period'\n", ": models.m.trigger: "),
        (
            "[models.m]\npackage = 'm'\ntrigger.kind = 'x'\n",
            ": models.m.trigger.kind: not a value that can be; found",
        ),
        (
            "[models.m]\npackage = 'm'\ntrigger = {kind = 'change', debounce = 1}\n",
            ': models.m.trigger: unknown key "debounce", did you mean "debounce_ms"?',
        ),
        (
            "[models.m]\npackage = 'm'\ninputs.a = 'flow'\n",
            ': models.m.inputs.a: not a tag; found "flow"; wanted',
        ),
        (
            "[models.m]\npackage = 'm'\ninputs.a = {node = 's=x'}\n",
            ': models.m.inputs.a: the key "plc" is missing',
        ),
    ],
)
def test_a_problem_names_key_found_and_wanted(problems: Problems, wrong: str, told: str) -> None:
    """One sentence: where, what, what was found and what would have been right."""
    assert any(told in sentence for sentence in problems(wrong)), problems


def test_a_misspelt_key_is_not_told_as_a_missing_one_too(problems: Problems) -> None:
    """One slip, one sentence."""
    told = problems("[plcs.pump]\nendpont = 'opc.tcp://h:4840'\n")
    assert told == [': plcs.pump: unknown key "endpont", did you mean "endpoint"?']


@pytest.mark.parametrize(
    ("escape", "name"), [("\\u0000", "U+0000"), ("\\u0001", "U+0001"), ("\\uFFFE", "U+FFFE")]
)
def test_a_text_that_can_t_be_shown_is_refused(
    problems: Problems, plant: str, escape: str, name: str
) -> None:
    """Neither a file for engineering nor a display could hold it; line ends and other writings may be."""
    words = f'{plant}\n[models.anomaly.display_name]\nen = "Pump{escape}"\nde = "Größe\\n\\t"\n'
    (told,) = problems(words)
    assert "models.anomaly.display_name.en: the text has a character that can't be shown" in told
    assert name in told


def test_a_password_is_never_printed(problems: Problems) -> None:
    """Neither one that has no place in the file nor a value of the wrong type under such a key."""
    head = "[plcs.pump]\nendpoint = 'opc.tcp://h:4840'\nusername = 'u'\n"
    for line in ("password = 'hunter2'", "password_file = ['hunter2']", "password_env = ['hunter2']"):
        told = " ".join(problems(f"{head}{line}\n"))
        assert told
        assert "hunter2" not in told
    assert "no password stands in this file; wanted password_file or password_env" in " ".join(
        problems(f"{head}password = 'hunter2'\n")
    )


def test_a_long_value_is_shortened(problems: Problems) -> None:
    """A sentence stays one that can be read."""
    (told,) = problems(f"[server]\nendpoint = '{'x' * 10_000}'\n")
    assert len(told) < 300


def test_a_document_of_a_program_is_checked_alike(tmp_path: Path) -> None:
    """What a program composes goes the same way as a file."""
    with pytest.raises(ConfigurationRefused, match=r'demo: server: unknown key "naem"'):
        parse({"server": {"naem": "x"}}, source="demo", folder=tmp_path)


def test_several_problems_make_one_sentence_that_lists_them(tmp_path: Path) -> None:
    """Whoever prints the error as a whole loses none."""
    with pytest.raises(ConfigurationRefused) as error:
        parse({"a": 1, "b": 2}, source="demo", folder=tmp_path)
    assert str(error.value).startswith("demo: 2 problems: (1) ")
    assert all(str(problem) in str(error.value) for problem in error.value.problems)
