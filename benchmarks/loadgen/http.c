/* HTTP/1.1 with keep-alive: the same bytes each time, answers by their Content-Length. */
#include "load.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void open_with_request(struct connection *connection)
{
    static struct buffer body;
    if (!body.length)
        body = read_file(options.body);
    put(&connection->out, body.data, body.length);
}

static void prepare(struct connection *connection)
{
    (void)connection;
}

static long content_length(const char *head, size_t size)
{
    static const char name[] = "\r\ncontent-length:";
    for (size_t i = 0; i + sizeof name <= size; i++)
        if (!strncasecmp(head + i, name, sizeof name - 1))
            return strtol(head + i + sizeof name - 1, NULL, 10);
    fail("an answer has no Content-Length");
}

static bool response(struct connection *connection, size_t *used)
{
    struct buffer *in = &connection->in;
    *used = 0;
    const char *text = (const char *)in->data;
    const char *end = memmem(text, in->length, "\r\n\r\n", 4);
    if (!end)
        return false;
    if (in->length < 12 || memcmp(text, "HTTP/1.1 200", 12))
        fail("a request was answered by «%.*s»", (int)in->length, text);
    size_t head = end + 4 - text;
    long body = content_length(text, head);
    if (in->length < head + body)
        return false;
    if (body < options.expect)
        fail("an answer has %ld bytes; wanted at least %d", body, options.expect);
    *used = head + body;
    return true;
}

const struct protocol http_protocol = {open_with_request, prepare, response, NULL};
