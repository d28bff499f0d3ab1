"""Bugs of the server, by the weakness classes of the public record, and the tests that have to catch them.

Each row is one planted bug: its class, the bug in words, the patch, and a test of this project that passes
without the patch and has to fail with it.
"""

from __future__ import annotations

from opcua_ml.opcua.trust.access.rates import Rates
from opcua_ml.opcua.trust.channel.budget import ByteBudget
from opcua_ml.opcua.trust.decoding.reader import Reader
from opcua_ml.opcua.trust.information.diagnostics import ServerDiagnostics
from opcua_ml.opcua.trust.nodes.attribute import PlantAttributeService
from opcua_ml.opcua.trust.sessions.registry import SessionRegistry
from opcua_ml.opcua.trust.sessions.session import PlantSession
from opcua_ml.opcua.trust.subscriptions.quotas import Quotas
from opcua_ml.opcua.trust.subscriptions.service import PlantSubscriptionService
from opcua_ml.opcua.trust.transport.binary_server import PlantBinaryServer
from opcua_ml.opcua.trust.transport.protocol import PlantProtocol
from tests.adversary import malformed
from tests.integration.planted.planting import (
    Planted,
    any_text,
    believed_size,
    counted_first,
    everything_where_broken,
    first_for_all,
    reading_for_all,
    references_that_stay,
    replaced,
    silence_allowed,
    slow_calls_inline,
    telling_too_much,
)
from tests.integration.trust import (
    test_access_rights,
    test_browse,
    test_call,
    test_conditions,
    test_connections,
    test_history,
    test_information,
    test_malformed,
    test_publishing,
    test_role_matrix,
    test_sessions,
)

_HISTORY = test_history.test_a_flood_of_history_reads_is_slowed_down_and_harms_nobody_else
_SERVICES = test_sessions.test_services_before_activation_are_refused_and_end_the_session
_TOKENS = test_sessions.test_a_foreign_token_is_worth_nothing_on_another_channel
_ITEMS = test_access_rights.test_allowed_and_denied_items_of_one_request_keep_their_places

SERVER_BUGS = (
    Planted(
        "1 unfinished messages",
        "nobody counts their bytes",
        replaced(ByteBudget, "take", lambda *_: True),
        test_connections.test_unfinished_messages_are_bounded_by_address_and_given_back,
    ),
    Planted(
        "2 sizes",
        "a header's size is believed",
        replaced(PlantProtocol, "_frame_size", believed_size),
        test_connections.test_a_chunk_of_impossible_size_ends_the_connection,
        (0x7FFFFFFF,),
        "target",
    ),
    Planted(
        "3 slow handshakes",
        "silent connections may stay",
        silence_allowed,
        test_connections.test_silent_connections_are_let_go,
    ),
    Planted(
        "3 floods of connections",
        "each is let in",
        replaced(PlantBinaryServer, "admit", lambda self, new: self.clients.append(new) or True),
        test_connections.test_connections_are_capped_by_address_and_in_sum,
    ),
    Planted(
        "4 services before login",
        "a session counts as activated from its creation on",
        replaced(PlantSession, "is_activated", lambda _: True),
        _SERVICES,
        (),
        "target",
    ),
    Planted(
        "4 foreign tokens",
        "any token finds some session",
        replaced(SessionRegistry, "find", lambda self, _: next(iter(self), None)),
        _TOKENS,
        (),
        "target",
    ),
    Planted(
        "9 nesting",
        "nobody counts the levels",
        replaced(Reader, "enter", lambda _: None),
        test_malformed.test_nesting_is_bounded,
        (malformed.nested_variants, 150),
        "plant",
    ),
    Planted(
        "9 lengths of arrays",
        "memory is taken before the elements are looked for",
        replaced(Reader, "count", counted_first),
        test_malformed.test_a_lying_array_length_is_refused_before_it_costs,
        (11, 2**30),
        "plant",
    ),
    Planted(
        "9 malformed UTF-8",
        "some text is made of it",
        any_text,
        test_malformed.test_malformed_utf8_is_not_stored,
        (b"\xff",),
        "target",
    ),
    Planted(
        "10 resources",
        "what a deleted item held is not given back",
        replaced(Quotas, "give_back_item", lambda *_: None),
        test_publishing.test_subscriptions_and_items_are_capped_and_given_back,
    ),
    Planted(
        "10 ownership",
        "whose the subscription is does not count",
        replaced(PlantSubscriptionService, "own", lambda self, _, number: self.subscriptions[number]),
        test_publishing.test_a_foreign_subscription_is_out_of_reach,
        ("DeleteSubscriptions", {}),
        "target",
    ),
    Planted(
        "11 floods of history",
        "HistoryRead has no rate",
        replaced(Rates, "take", lambda *_: True),
        _HISTORY,
    ),
    Planted(
        "11 floods of refreshes",
        "ConditionRefresh has no rate",
        replaced(Rates, "take", lambda *_: True),
        test_conditions.test_a_flood_of_refreshes_is_slowed_down,
    ),
    Planted(
        "11 slow inference",
        "a Call holds up its connection",
        slow_calls_inline,
        test_call.test_a_slow_call_holds_up_nothing_on_its_connection,
        (),
        "target",
    ),
    Planted(
        "12 nodes that go while somebody browses",
        "the references to a deleted node stay",
        references_that_stay,
        test_browse.test_browsing_goes_on_while_nodes_come_and_go,
        (),
        "plant",
    ),
    Planted(
        "13 corrupt role configuration",
        "it grants everything",
        everything_where_broken,
        test_access_rights.test_role_permissions_that_make_no_sense_deny,
        (),
        "plant",
    ),
    Planted(
        "13 allowed and denied in one request",
        "the first item decides for all",
        replaced(PlantAttributeService, "write_for", first_for_all),
        _ITEMS,
        (),
        "plant",
    ),
    Planted(
        "13 the matrix",
        "Read is granted to everybody",
        reading_for_all,
        test_role_matrix.test_every_cell_of_the_matrix_is_as_the_oracle_says,
        (("Anonymous",),),
        "matrix",
        test_role_matrix.build,
    ),
    Planted(
        "14 diagnostics for everybody",
        "the sessions' diagnostics have no rights of their own",
        replaced(ServerDiagnostics, "_keep_private", lambda *_: None),
        test_access_rights.test_other_peoples_sessions_are_shown_to_administrators_only,
    ),
    Planted(
        "14 details of our code",
        "an Error message names a file",
        telling_too_much,
        test_information.test_no_answer_tells_of_our_code,
        (),
        "plant",
    ),
)
