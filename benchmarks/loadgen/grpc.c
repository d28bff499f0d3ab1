/* One unary gRPC method over and over: HTTP/2 (RFC 9113) with constant, never indexed header fields.
 *
 * Our dynamic table for the server's fields has size 0, so that its trailers stand in the clear. The body's
 * file holds the protobuf message; --url is the method's path.
 */
#include "load.h"

#include <string.h>

enum { DATA, HEADERS, RESET = 3, SETTINGS, PING = 6, GOAWAY, WINDOW_UPDATE, END_STREAM = 1, ACK = 1,
       END_HEADERS = 4, FRAME = 9 };
#define GREAT (1 << 30)

static struct buffer message;

static void put_be32(struct buffer *out, uint32_t value)
{
    put_u8(out, value >> 24), put_u8(out, value >> 16), put_u8(out, value >> 8), put_u8(out, value);
}

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

static void put_frame(struct buffer *out, size_t size, uint8_t type, uint8_t flags, uint32_t stream)
{
    put_u8(out, size >> 16), put_u8(out, size >> 8), put_u8(out, size);
    put_u8(out, type), put_u8(out, flags), put_be32(out, stream);
}

static void put_short(struct buffer *out, const char *text)
{
    if (strlen(text) > 126)
        fail("«%s» is too long for a header field", text);
    put_u8(out, strlen(text)), put(out, text, strlen(text));
}

static void put_field(struct buffer *out, const char *name, const char *value)
{
    put_u8(out, 0x10); /* never indexed, name in the clear (RFC 7541, 6.2.3) */
    put_short(out, name), put_short(out, value);
}

static void put_fields(struct buffer *out)
{
    put_field(out, ":method", "POST");
    put_field(out, ":scheme", "http");
    put_field(out, ":path", options.url);
    put_field(out, ":authority", options.host);
    put_field(out, "content-type", "application/grpc");
    put_field(out, "te", "trailers");
}

static void open_with_settings(struct connection *connection)
{
    if (!message.length)
        message = read_file(options.body);
    struct buffer out = {0};
    put(&out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    put_frame(&out, 18, SETTINGS, 0, 0);
    put_u8(&out, 0), put_u8(&out, 1), put_be32(&out, 0);     /* HEADER_TABLE_SIZE */
    put_u8(&out, 0), put_u8(&out, 2), put_be32(&out, 0);     /* ENABLE_PUSH */
    put_u8(&out, 0), put_u8(&out, 4), put_be32(&out, GREAT); /* INITIAL_WINDOW_SIZE */
    put_frame(&out, 4, WINDOW_UPDATE, 0, 0), put_be32(&out, GREAT);
    send_all(connection, out.data, out.length);
    connection->send_window = 65535;
}

static void prepare(struct connection *connection)
{
    struct buffer *out = &connection->out, fields = {0};
    connection->stream = connection->stream ? connection->stream + 2 : 1;
    if (!out->length) {
        put_fields(&fields);
        put_frame(out, fields.length, HEADERS, END_HEADERS, 0);
        put(out, fields.data, fields.length);
        connection->handle_at = out->length;
        put_frame(out, 5 + message.length, DATA, END_STREAM, 0);
        put_u8(out, 0), put_be32(out, message.length);
        put(out, message.data, message.length);
    }
    uint8_t id[4] = {connection->stream >> 24, connection->stream >> 16, connection->stream >> 8, connection->stream};
    memcpy(out->data + 5, id, sizeof id);
    memcpy(out->data + connection->handle_at + 5, id, sizeof id);
    connection->send_window -= 5 + (int64_t)message.length;
    if (connection->send_window < 0)
        fail("the server leaves no room for requests in its flow-control window");
    connection->phase = 0;
}

static void acknowledge(struct connection *connection, uint8_t type, const uint8_t *data, size_t size)
{
    struct buffer out = {0};
    put_frame(&out, size, type, type == WINDOW_UPDATE ? 0 : ACK, 0);
    put(&out, data, size);
    send_all(connection, out.data, out.length);
}

static void data_came(struct connection *connection, const uint8_t *data, size_t size)
{
    if (size) {
        if (size < 5 || data[0] || be32(data + 1) != size - 5)
            fail("an answer is not one whole message");
        if (size - 5 < (size_t)options.expect)
            fail("an answer has %zu bytes; wanted at least %d", size - 5, options.expect);
        connection->phase = 1;
    }
    connection->unacknowledged += size;
    if (connection->unacknowledged > GREAT / 2) {
        uint8_t increment[4] = {connection->unacknowledged >> 24, connection->unacknowledged >> 16,
                                connection->unacknowledged >> 8, connection->unacknowledged};
        acknowledge(connection, WINDOW_UPDATE, increment, 4);
        connection->unacknowledged = 0;
    }
}

static bool headers_came(struct connection *connection, uint8_t flags, const uint8_t *data, size_t size)
{
    if (!(flags & END_STREAM))
        return false;
    if (!memmem(data, size, "grpc-status\x01" "0", 13) || !connection->phase)
        fail("a request was not answered with grpc-status 0: «%.*s»", (int)size, (const char *)data);
    return true;
}

static bool response(struct connection *connection, size_t *used)
{
    struct buffer *in = &connection->in;
    *used = 0;
    if (in->length < FRAME)
        return false;
    size_t size = (size_t)in->data[0] << 16 | in->data[1] << 8 | in->data[2];
    if (in->length < FRAME + size)
        return false;
    *used = FRAME + size;
    uint8_t type = in->data[3], flags = in->data[4];
    const uint8_t *data = in->data + FRAME;
    if (type == DATA)
        data_came(connection, data, size);
    else if (type == HEADERS)
        return headers_came(connection, flags, data, size);
    else if ((type == SETTINGS || type == PING) && !(flags & ACK))
        acknowledge(connection, type, data, type == PING ? size : 0);
    else if (type == WINDOW_UPDATE && !(be32(in->data + 5) & INT32_MAX))
        connection->send_window += be32(data) & INT32_MAX;
    else if (type == GOAWAY || type == RESET)
        fail("the server ended the stream with HTTP/2 error %u", be32(data + (type == GOAWAY ? 4 : 0)));
    return false;
}

const struct protocol grpc_protocol = {open_with_settings, prepare, response, NULL};
