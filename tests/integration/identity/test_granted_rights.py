"""Rights follow from what a node is; nobody has to remember to grant them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from tests.integration.identity.site import HASH, opened_site

if TYPE_CHECKING:
    from pathlib import Path

    from asyncua.common.node import Node

    from opcua_ml.opcua.identity.secured_server import SecuredServer
    from tests.patient_client import Client

ROLES = ("Observer", "Operator", "Engineer")
USERS = "".join(f'[users.{role}]\nroles = ["{role}"]\npassword = "{HASH}"\n' for role in ROLES)
MAY = {
    "Predict": {"Operator", "Engineer"},
    "Feedback": {"Operator", "Engineer"},
    "Pause": {"Operator", "Engineer"},
    "Promote": {"Engineer"},
    "Confirm": {"Engineer"},
    "SomethingNew": set(),
}


async def model(server: SecuredServer) -> None:
    """A model's nodes, as any builder of nodes makes them."""
    top = await server.nodes.objects.add_object(ua.NodeId.from_string("ns=1;s=pump"), "1:pump")
    for name in MAY:
        identifier = ua.NodeId.from_string(f"ns=1;s=pump.{name}")
        await top.add_method(identifier, f"1:{name}", lambda *_: [], [], [])
    inputs = await top.add_folder(ua.NodeId.from_string("ns=1;s=pump.Inputs"), "1:Inputs")
    flow = await inputs.add_variable(ua.NodeId.from_string("ns=1;s=pump.Inputs.flow"), "1:flow", 1.0)
    for attribute in (AttributeIds.AccessLevel, AttributeIds.UserAccessLevel):
        # asyncua's clients send a source timestamp with every value.
        await flow.set_attr_bit(attribute, ua.AccessLevel.CurrentWrite)
        await flow.set_attr_bit(attribute, ua.AccessLevel.TimestampWrite)
    await inputs.add_variable(ua.NodeId.from_string("ns=1;s=pump.Inputs.score"), "1:score", 1.0)


async def status(doing: Any) -> int:
    """Good, or the StatusCode of the refusal."""
    try:
        await doing
    except UaStatusCodeError as error:
        return int(error.code)
    return 0


async def called(client: Client, top: Node) -> set[str]:
    """The Methods that this user may call."""
    results = {
        name: await status(top.call_method(ua.NodeId.from_string(f"ns=1;s=pump.{name}"))) for name in MAY
    }
    assert set(results.values()) <= {0, StatusCodes.BadUserAccessDenied}
    assert client.uaclient is not None
    return {name for name, result in results.items() if result == 0}


async def test_operators_predict_engineers_promote_and_nobody_calls_what_is_not_known(tmp_path: Path) -> None:
    """By the Methods' names; inputs may be written by operators, what is no input by nobody."""
    async with opened_site(tmp_path, users=USERS, prepare=model) as site:
        for role in ROLES:
            async with await site.user_client(role) as client:
                top = client.get_node("ns=1;s=pump")
                assert await called(client, top) == {name for name, roles in MAY.items() if role in roles}
                written = await status(client.get_node("ns=1;s=pump.Inputs.flow").write_value(2.0))
                assert (written == 0) == (role != "Observer")
                score = await status(client.get_node("ns=1;s=pump.Inputs.score").write_value(2.0))
                assert score in {StatusCodes.BadNotWritable, StatusCodes.BadUserAccessDenied}
                executable = await client.get_node("ns=1;s=pump.Promote").read_attribute(
                    AttributeIds.UserExecutable
                )
                assert executable.Value is not None
                assert executable.Value.Value == (role == "Engineer")
