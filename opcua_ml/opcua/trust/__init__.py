"""An OPC UA server for plant networks: asyncua's, with identity, limits and the services of Part 4 put right.

From the bottom up: `ground` (limits, refusals, turns), `access` (who may do what), `decoding` and `channel`
(messages), `nodes` (the services on nodes), `subscriptions`, `sessions`, `information` (the Server object),
`services` (requests), `transport` (the socket), and `server`, which is all of it in the place of asyncua's
Server.
"""

from opcua_ml.opcua.trust.access.authentication import AnonymousAuthenticator, Authenticator, Login, Peer
from opcua_ml.opcua.trust.access.identity import Caller, Identity, Role
from opcua_ml.opcua.trust.access.rules import AccessRules, Permission, RoleAccess
from opcua_ml.opcua.trust.ground.limits import Limits
from opcua_ml.opcua.trust.nodes.method import calling_session
from opcua_ml.opcua.trust.server import PlantServer

__all__ = [
    "AccessRules",
    "AnonymousAuthenticator",
    "Authenticator",
    "Caller",
    "Identity",
    "Limits",
    "Login",
    "Peer",
    "Permission",
    "PlantServer",
    "Role",
    "RoleAccess",
    "calling_session",
]
