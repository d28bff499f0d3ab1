"""Single sections: defaults that are safe, and values that contradict each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from opcua_ml.config import (
    AnonymousAccess,
    ChangeTrigger,
    Configuration,
    ConfigurationRefused,
    MethodTrigger,
    ModelSection,
    PlcSection,
    PostgresqlSection,
    SecurityMode,
    SecurityPolicy,
    ServerSection,
    parse,
)
from opcua_ml.domain.value_range import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDPOINT = "opc.tcp://192.168.0.10:4840"
DIGEST = "0" * 64


def test_the_server_is_secure_and_local_by_default() -> None:
    """Without a word in the file: loopback, no anonymous clients, no policy None."""
    server = ServerSection()
    assert server.endpoint.startswith("opc.tcp://127.0.0.1:")
    assert server.security.anonymous is AnonymousAccess.REFUSED
    assert not server.security.offers_none
    assert SecurityMode.SIGN_AND_ENCRYPT in server.security.modes
    assert server.application_uri.startswith("urn:")


@pytest.mark.parametrize("uri", ["http://opcfoundation.org/UA/", "urn:opcua-ml:UA"])
def test_a_site_s_nodes_have_a_namespace_of_their_own(uri: str) -> None:
    """They must not appear among the nodes of the standard, or among our types."""
    with pytest.raises(ValidationError, match="this namespace is that of"):
        ServerSection(namespace_uri=uri)


def test_a_hash_may_be_written_in_either_case() -> None:
    """As PowerShell prints it in capitals."""
    plc = PlcSection(endpoint=ENDPOINT, server_certificate_sha256="AB" * 32)
    assert plc.server_certificate_sha256 == "ab" * 32


def test_a_plc_is_reached_securely_by_default() -> None:
    """Signed and encrypted, unless the file says None."""
    plc = PlcSection(endpoint=ENDPOINT)
    assert (plc.security_policy, plc.security_mode) == (
        SecurityPolicy.BASIC256SHA256,
        SecurityMode.SIGN_AND_ENCRYPT,
    )
    assert plc.publishing_interval_ms == 100
    assert plc.sampling_interval_ms is None


def test_a_policy_is_offered_once() -> None:
    """Two endpoints that differ in nothing are a slip."""
    with pytest.raises(ValidationError, match="stands here twice"):
        ServerSection.model_validate({"security": {"policies": ["None", "None"]}})


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://h:1",
        "opc.tcp://h",
        "opc.tcp://:4840",
        "opc.tcp://h:99999",
        "opc.tcp://u:p@h:1",
        "h:4840",
        "",
        "opc.tcp://[",
        f"opc.tcp://{'a' * 300}:4840",
        "opc.tcp://a..b:4840",
        "opc.tcp://a\0b:4840",
        "opc.tcp://a b:4840",
        "opc.tcp://h:4840/x?y",
        "opc.tcp://h:4840/x#y",
    ],
)
def test_what_is_no_endpoint_is_refused(endpoint: str) -> None:
    """For the server and for PLCs."""
    with pytest.raises(ValidationError):
        ServerSection(endpoint=endpoint)
    with pytest.raises(ValidationError):
        PlcSection(endpoint=endpoint)


def test_port_0_is_for_the_server_alone() -> None:
    """It means any free port, so nobody can connect to it."""
    assert ServerSection(endpoint="opc.tcp://127.0.0.1:0").endpoint == "opc.tcp://127.0.0.1:0"
    assert ServerSection(endpoint="opc.tcp://[::1]:4840").endpoint == "opc.tcp://[::1]:4840"
    with pytest.raises(ValidationError, match="no usable port"):
        PlcSection(endpoint="opc.tcp://127.0.0.1:0")


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"username": "u"}, "needs one password"),
        ({"username": "u", "password_file": "a", "password_env": "B"}, "needs one password"),
        ({"password_env": "B"}, "without a user"),
        ({"security_policy": "None", "security_mode": "Sign"}, "security_mode has no effect"),
        ({"security_policy": "None", "server_certificate_sha256": DIGEST}, "sha256 has no effect"),
        ({"reconnect_min_ms": 9000}, "is less than reconnect_min_ms"),
        ({"publishing_interval_ms": 5000}, "two publishing intervals"),
        ({"heartbeat": {}}, "has no tag"),
        ({"heartbeat": {"read": "i=7", "write": "i=007"}}, "the one that we read"),
        ({"server_certificate_sha256": "abc"}, "pattern"),
    ],
)
def test_a_plc_that_contradicts_itself_is_refused(keys: dict[str, Any], told: str) -> None:
    """Each contradiction by its own sentence."""
    with pytest.raises(ValidationError, match=told):
        PlcSection.model_validate({"endpoint": ENDPOINT, **keys})


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"outputs": {"y": "p:s=y"}}, "only where tags are inputs"),
        ({"inputs": {"x": "p:s=x"}, "trigger": {"kind": "method"}}, "for models without inputs"),
        ({"inputs": {"x": {"plc": "p", "node": "s=x", "when_bad": "hold"}}}, "without hold_ms"),
        ({"inputs": {"x": {"plc": "p", "node": "s=x", "when_bad": "substitute"}}}, "without substitute"),
        ({"inputs": {"x": {"plc": "p", "node": "s=x", "hold_ms": 5}}}, "hold_ms has no effect"),
        ({"inputs": {"x": {"plc": "p", "node": "s=x", "unit": "°C"}}}, "pattern"),
        ({"join": {"source_time": "main"}}, "go together"),
        ({"join": {"main_input": "x"}}, "go together"),
        ({"least_confidence": 1.5}, "less than or equal to 1"),
        ({"inputs": {"x": "p:s=x"}, "trigger": {"kind": "leading"}}, "one leader"),
        (
            {"inputs": {"x": "p:s=x"}, "trigger": {"kind": "leading", "input": "x", "tag": "p:s=t"}},
            "one leader",
        ),
        ({"inputs": {"x": "p:s=x"}, "trigger": {"kind": "period", "period_ms": 0}}, "greater"),
        ({"artifact": "joblib"}, "a pickle and could run any code"),
        ({"artifact": "joblib", "trust": {"format": "skops", "sha256": DIGEST}}, "a pickle"),
        ({"trust": {"format": "onnx", "sha256": DIGEST}}, "'joblib' or 'skops'"),
        ({"trust": {"format": "joblib"}}, "sha256"),
        ({"inline_budget_ms": float("nan")}, "finite"),
    ],
)
def test_a_model_that_contradicts_itself_is_refused(keys: dict[str, Any], told: str) -> None:
    """Each contradiction by its own sentence."""
    with pytest.raises(ValidationError, match=told):
        ModelSection.model_validate({"package": "m", **keys})


def test_a_pickle_is_served_only_where_the_file_is_pinned() -> None:
    """The one way in which a joblib artifact may be asked for."""
    pinned = ModelSection.model_validate(
        {"package": "m", "artifact": "joblib", "trust": {"format": "joblib", "sha256": DIGEST}}
    )
    assert pinned.trust is not None
    assert pinned.trust.sha256 == DIGEST


@pytest.mark.parametrize("inputs", [{}, {"x": "p:s=x"}])
def test_a_model_is_scored_at_any_change_unless_it_is_told_otherwise(inputs: dict[str, str]) -> None:
    """Whether its inputs come from tags or are written by clients."""
    section = ModelSection.model_validate({"package": "m", "inputs": inputs})
    assert section.trigger == ChangeTrigger(debounce_ms=20)


def test_a_model_without_tags_can_be_closed_to_all_but_methods() -> None:
    """Then clients can't write its inputs."""
    section = ModelSection.model_validate({"package": "m", "trigger": {"kind": "method"}})
    assert isinstance(section.trigger, MethodTrigger)


def test_one_word_sets_what_happens_to_values_out_of_range() -> None:
    """Without it, calls are refused and tags are marked: a caller can mend its argument, a plant can't."""
    assert ModelSection(package="m").out_of_range is None
    clamped = ModelSection.model_validate({"package": "m", "out_of_range": "clamp"})
    assert clamped.out_of_range is OutOfRange.CLAMP


@pytest.mark.parametrize(
    ("package", "bundled"),
    [("pump_anomaly", True), ("./pump", False), ("a/b", False), ("pump.zip", False), ("..", False)],
)
def test_a_bare_name_means_a_bundled_model(package: str, bundled: bool) -> None:
    """Everything else is a path; nothing depends on what lies in the working folder."""
    assert (ModelSection(package=package).package_path is None) is bundled


def test_an_empty_configuration_is_valid_by_itself() -> None:
    """So that programs can start from it."""
    assert Configuration().models == {}


def test_a_database_is_reached_securely_by_default() -> None:
    """Its certificate is checked, unless the file says otherwise."""
    assert PostgresqlSection(host="historian.plant").sslmode == "verify-full"


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"password_file": "a", "password_env": "B"}, "one password"),
        ({"sslmode": "disable", "sslrootcert": "ca.pem"}, "no effect"),
        ({"sslmode": "verify-ca"}, "needs to know the CA"),
        ({"sslmode": "prefer"}, "verify-full"),
        ({"schema_name": "a; DROP TABLE samples"}, "match pattern"),
        ({"host": "a,b"}, "match pattern"),
        ({"password": "x"}, "not permitted"),
    ],
)
def test_a_database_has_one_meaning(keys: dict[str, Any], what: str) -> None:
    """What contradicts itself, or weakens in silence, is refused."""
    with pytest.raises(ValidationError, match=what):
        PostgresqlSection(**{"host": "historian.plant", **keys})


def paths(schema: dict[str, Any], table: str = "") -> Iterator[str]:
    """Every key of the configuration that holds a path."""
    definitions = schema["$defs"]

    def walk(section: dict[str, Any], table: str) -> Iterator[str]:
        for key, content in section.get("properties", {}).items():
            for kind in (content, content.get("items", {}), *content.get("anyOf", ())):
                if kind.get("format") == "path":
                    yield f"{table}{key}[]" if content.get("type") == "array" else f"{table}{key}"
                elif "$ref" in kind:
                    yield from walk(definitions[kind["$ref"].rpartition("/")[2]], f"{table}{key}.")
            for values in (
                content.get("additionalProperties"),
                *content.get("patternProperties", {}).values(),
            ):
                if isinstance(values, dict) and "$ref" in values:
                    yield from walk(definitions[values["$ref"].rpartition("/")[2]], f"{table}{key}.x.")

    yield from walk(schema, table)


STRANGE = ("./a\0b", "a/\n")
PATHS = sorted(paths(Configuration.model_json_schema()))


def test_all_paths_are_known() -> None:
    """Of those that follow here."""
    assert {"store.folder", "history.folder", "server.nodesets[]", "plcs.x.pki"} <= set(PATHS)
    assert len(PATHS) >= 15


@pytest.mark.parametrize(
    ("key", "written", "what"),
    [
        *(
            (key, written, "a control character")
            for key in (*PATHS, "models.x.package")
            for written in STRANGE
        ),
        *((key, written, "empty") for key in PATHS for written in ("", "  ")),
    ],
)
def test_what_no_path_can_be_is_refused(key: str, written: str, what: str) -> None:
    """Before anything is opened: the operating system has no sentence for it, and an empty one is a slip."""
    document: Any = [written] if key.endswith("[]") else written
    for name in reversed(key.removesuffix("[]").split(".")):
        document = {name: document}
    with pytest.raises(ConfigurationRefused) as error:
        parse(document, source="plant.toml", folder=Path("/nowhere"))
    place = key.replace("[]", ".0")
    told = [
        problem.sentence for problem in error.value.problems if f"plant.toml: {place}:" in problem.sentence
    ]
    assert len(told) == 1
    assert what in told[0]
    assert told[0].isprintable()
