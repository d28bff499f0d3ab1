/* One Call, Read or Write over and over. The body's file: encoding id (2 bytes), then the parameters. */
#include "opcua.h"

static uint32_t type_of_body;

static void open_with_request(struct connection *connection)
{
    static struct buffer body;
    if (!body.length) {
        body = read_file(options.body);
        if (body.length < 2)
            fail("%s holds no request", options.body);
        type_of_body = body.data[0] | body.data[1] << 8;
    }
    opcua_open(connection);
    begin_request(connection, type_of_body);
    put(&connection->out, body.data + 2, body.length - 2);
    finish_request(connection);
    connection->sequence--, connection->request--, connection->handle--; /* not sent yet: refreshed first */
}

static bool response(struct connection *connection, size_t *used)
{
    struct cursor body;
    if (!next_message(connection, used, &body))
        return false;
    if (connection->response_id != connection->request)
        fail("request %u was answered as %u", connection->request, connection->response_id);
    check_header(&body, type_of_body, connection->handle);
    check_results(&body, type_of_body);
    return true;
}

const struct protocol opcua_protocol = {open_with_request, refresh_request, response, opcua_close};
