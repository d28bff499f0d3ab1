/* From Hello to an activated session of an anonymous user (Part 4, 5.5 and 5.6; Part 6, 7.1.2). */
#include "opcua.h"

#include <string.h>
#include <sys/random.h>
#include <sys/time.h>

#define NONE "http://opcfoundation.org/UA/SecurityPolicy#None"
#define WHOLE_MESSAGE 65535

uint64_t filetime(void)
{
    struct timeval now;
    gettimeofday(&now, NULL);
    return ((uint64_t)now.tv_sec * 1000000 + now.tv_usec) * 10 + 116444736000000000ull;
}

static void put_encoding_id(struct buffer *out, uint32_t type)
{
    put_u8(out, 1), put_u8(out, 0), put_u16(out, type);
}

static void put_request_header(struct connection *connection)
{
    struct buffer *out = &connection->out, *token = &connection->authentication;
    if (token->length)
        put(out, token->data, token->length);
    else
        put_u16(out, 0);
    connection->timestamp_at = out->length;
    put_u64(out, filetime());
    connection->handle_at = out->length;
    put_u32(out, ++connection->handle);
    put_u32(out, 0);          /* ReturnDiagnostics */
    put_u32(out, UINT32_MAX); /* AuditEntryId */
    put_u32(out, 10000);      /* TimeoutHint */
    put_u16(out, 0), put_u8(out, 0);
}

void begin_request(struct connection *connection, uint32_t type)
{
    struct buffer *out = &connection->out;
    out->length = 0;
    put(out, "MSGF", 4);
    put_u32(out, 0);
    put_u32(out, connection->channel);
    put_u32(out, connection->token);
    put_u32(out, ++connection->sequence);
    put_u32(out, ++connection->request);
    put_encoding_id(out, type);
    put_request_header(connection);
}

void finish_request(struct connection *connection)
{
    if (connection->out.length > WHOLE_MESSAGE)
        fail("a request of %zu bytes does not fit in one chunk", connection->out.length);
    store_u32(connection->out.data + 4, connection->out.length);
}

void refresh_request(struct connection *connection)
{
    uint8_t *data = connection->out.data;
    store_u32(data + 16, ++connection->sequence);
    store_u32(data + 20, ++connection->request);
    store_u64(data + connection->timestamp_at, filetime());
    store_u32(data + connection->handle_at, ++connection->handle);
}

bool next_message(struct connection *connection, size_t *used, struct cursor *body)
{
    struct buffer *in = &connection->in;
    *used = 0;
    if (in->length < 8)
        return false;
    uint32_t size = load_u32(in->data + 4);
    if (size < 8 || size > (1u << 24))
        fail("a message of %u bytes came", size);
    if (in->length < size)
        return false;
    *used = size;
    struct cursor cursor = {in->data + 8, in->data + size, false};
    if (!memcmp(in->data, "ACKF", 4)) {
        *body = cursor;
        return true;
    }
    if (!memcmp(in->data, "ERR", 3))
        fail("the server ended the connection with StatusCode 0x%08X", take_u32(&cursor));
    bool opening = !memcmp(in->data, "OPN", 3);
    take(&cursor, 4);
    if (opening)
        skip_string(&cursor), skip_string(&cursor), skip_string(&cursor);
    else
        take(&cursor, 4);
    take(&cursor, 4);
    connection->response_id = take_u32(&cursor);
    bool final = in->data[3] == 'F';
    if (!final || connection->whole.length) {
        put(&connection->whole, cursor.at, cursor.end - cursor.at);
        cursor = (struct cursor){connection->whole.data, connection->whole.data + connection->whole.length, false};
        if (final)
            connection->whole.length = 0;
    }
    *body = cursor;
    return final;
}

void check_header(struct cursor *body, uint32_t type, uint32_t handle)
{
    uint8_t kind = take_u8(body), space = take_u8(body);
    uint32_t found = take_u16(body);
    take(body, 8);
    uint32_t answered = take_u32(body), result = take_u32(body);
    if (result)
        fail("request of type %u was answered with StatusCode 0x%08X", type, result);
    if (kind != 1 || space || found != type + RESPONSE_AFTER)
        fail("request of type %u was answered by type %u", type, found);
    if (answered != handle)
        fail("request %u was answered as %u", handle, answered);
    if (take_u8(body))
        fail("an answer has diagnostics");
    for (uint32_t count = take_count(body); count && !body->broken; count--)
        skip_string(body);
    skip_node_id(body);
    if (take_u8(body))
        skip_string(body);
}

static struct cursor next_body(struct connection *connection)
{
    struct cursor body;
    size_t used;
    static struct buffer copy;
    while (!next_message(connection, &used, &body)) {
        drop_front(&connection->in, used);
        if (!used)
            receive_more(connection);
    }
    copy.length = 0;
    put(&copy, body.at, body.end - body.at);
    drop_front(&connection->in, used);
    return (struct cursor){copy.data, copy.data + copy.length, false};
}

struct cursor exchange(struct connection *connection, uint32_t type)
{
    send_all(connection, connection->out.data, connection->out.length);
    struct cursor body = next_body(connection);
    check_header(&body, type, connection->handle);
    return body;
}

static void greet(struct connection *connection)
{
    struct buffer *out = &connection->out;
    out->length = 0;
    put(out, "HELF", 4);
    put_u32(out, 0), put_u32(out, 0);
    put_u32(out, WHOLE_MESSAGE), put_u32(out, WHOLE_MESSAGE);
    put_u32(out, 0), put_u32(out, 0);
    put_string(out, options.url);
    finish_request(connection);
    send_all(connection, out->data, out->length);
    next_body(connection);
}

static void open_channel(struct connection *connection)
{
    struct buffer *out = &connection->out;
    out->length = 0;
    put(out, "OPNF", 4);
    put_u32(out, 0), put_u32(out, 0);
    put_string(out, NONE), put_string(out, NULL), put_string(out, NULL);
    put_u32(out, ++connection->sequence), put_u32(out, ++connection->request);
    put_encoding_id(out, OPEN_CHANNEL);
    put_request_header(connection);
    put_u32(out, 0), put_u32(out, 0), put_u32(out, 1); /* version, Issue, None */
    put_u32(out, UINT32_MAX);
    put_u32(out, 3600000);
    finish_request(connection);
    struct cursor body = exchange(connection, OPEN_CHANNEL);
    take(&body, 4);
    connection->channel = take_u32(&body);
    connection->token = take_u32(&body);
}

static void create_session(struct connection *connection)
{
    uint8_t nonce[32]; /* never the same twice: servers remember them */
    if (getrandom(nonce, sizeof nonce, 0) != sizeof nonce)
        fail("the system gives no random numbers");
    struct buffer *out = &connection->out;
    begin_request(connection, CREATE_SESSION);
    put_string(out, "urn:load-generator"), put_string(out, NULL);
    put_u8(out, 2), put_string(out, "load generator");
    put_u32(out, 1); /* client */
    put_string(out, NULL), put_string(out, NULL), put_u32(out, UINT32_MAX);
    put_string(out, NULL), put_string(out, options.url), put_string(out, "load");
    put_u32(out, sizeof nonce), put(out, nonce, sizeof nonce);
    put_string(out, NULL);
    put_double(out, 600000);
    put_u32(out, 0);
    finish_request(connection);
    struct cursor body = exchange(connection, CREATE_SESSION);
    skip_node_id(&body);
    take_node_id(&body, &connection->authentication);
    if (body.broken)
        fail("the answer to CreateSession ends too early");
}

static void activate_session(struct connection *connection)
{
    struct buffer *out = &connection->out;
    begin_request(connection, ACTIVATE_SESSION);
    put_string(out, NULL), put_string(out, NULL);
    put_u32(out, UINT32_MAX), put_u32(out, UINT32_MAX);
    put_encoding_id(out, 321); /* AnonymousIdentityToken */
    put_u8(out, 1), put_u32(out, 4 + strlen(options.policy));
    put_string(out, options.policy);
    put_string(out, NULL), put_string(out, NULL);
    finish_request(connection);
    exchange(connection, ACTIVATE_SESSION);
}

void opcua_open(struct connection *connection)
{
    greet(connection);
    open_channel(connection);
    create_session(connection);
    activate_session(connection);
}

void opcua_close(struct connection *connection)
{
    begin_request(connection, CLOSE_SESSION);
    put_u8(&connection->out, 1); /* with its subscriptions */
    finish_request(connection);
    send_all(connection, connection->out.data, connection->out.length);
    uint32_t type;
    do { /* answers to publish requests may come before */
        struct cursor body = next_body(connection);
        take(&body, 2);
        type = take_u16(&body);
    } while (type != CLOSE_SESSION + RESPONSE_AFTER);
}
