"""Hot codecs: the OPC UA binary encoding of what runs all day, in precompiled pure Python (Part 6, 5.2).

Call, Read, Write and Publish with data changes, as a server; Publish with data changes, as a client; chunks
of channels without security. Each does to the byte what asyncua's codec does or answers `DECLINED`, and its
caller then takes asyncua's path. Nothing here checks sessions, rights or arguments.
"""

from .call import CallMethod, CallRequest, CallResponseShape, encode_answered_call, encode_call_response
from .change_rows import ChangeRows, change_rows
from .changes import Change
from .data_value import DataValueShape, encode_data_value
from .declined import DECLINED, REFUSED_VALUES, Declined
from .encoded import encode_numbers, variant_of, with_info_bits, with_timestamps
from .filetime import filetime_now, to_datetime, to_filetime
from .frame import HEADER_SIZE, Chunk, SymmetricFrame, follows, next_sequence_number
from .header import RequestHead
from .notification import DataChanges, decode_publish_response, encode_publish_request
from .publish import (
    PublishRequest,
    encode_change,
    encode_publish_response,
    write_data_change,
    write_event_list,
    write_message,
    write_publish_response,
    write_republish_response,
    write_status_change,
)
from .read import ReadItem, ReadPlan, ReadRequest, encode_answered_read, encode_read_response
from .repeated_call import CallOutline, RepeatedCall
from .repeated_read import RepeatedRead
from .request import HotRequest, RequestDecoder
from .resolution import ResolutionCache
from .response import encode_response
from .variant_writer import encode_variant, variant_writer, variants_writer
from .write import WriteItem, WriteRequest, encode_write_response

__all__ = [
    "DECLINED",
    "HEADER_SIZE",
    "REFUSED_VALUES",
    "CallMethod",
    "CallOutline",
    "CallRequest",
    "CallResponseShape",
    "Change",
    "ChangeRows",
    "Chunk",
    "DataChanges",
    "DataValueShape",
    "Declined",
    "HotRequest",
    "PublishRequest",
    "ReadItem",
    "ReadPlan",
    "ReadRequest",
    "RepeatedCall",
    "RepeatedRead",
    "RequestDecoder",
    "RequestHead",
    "ResolutionCache",
    "SymmetricFrame",
    "WriteItem",
    "WriteRequest",
    "change_rows",
    "decode_publish_response",
    "encode_answered_call",
    "encode_answered_read",
    "encode_call_response",
    "encode_change",
    "encode_data_value",
    "encode_numbers",
    "encode_publish_request",
    "encode_publish_response",
    "encode_read_response",
    "encode_response",
    "encode_variant",
    "encode_write_response",
    "filetime_now",
    "follows",
    "next_sequence_number",
    "to_datetime",
    "to_filetime",
    "variant_of",
    "variant_writer",
    "variants_writer",
    "with_info_bits",
    "with_timestamps",
    "write_data_change",
    "write_event_list",
    "write_message",
    "write_publish_response",
    "write_republish_response",
    "write_status_change",
]
