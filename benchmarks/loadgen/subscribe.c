/* Subscriptions to many variables, and what comes of them.
 *
 * The body's file: number of NodeIds (4 bytes), then the NodeIds. Every variable counts up by one at each
 * change, so that a jump tells how many were lost. Says «subscribed» once each variable's first value is here,
 * then counts until a line comes on standard input or the time is over.
 */
#include "opcua.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK 500
#define OVERFLOW_BITS 0x480 /* InfoType DataValue, Overflow (Part 4, 7.38) */

struct subscriber {
    struct connection connection;
    double *last; /* by client handle */
    uint32_t id, sequence;
    uint32_t acknowledge; /* sequence number to go with the next publish request, 0 for none */
};

static struct {
    uint32_t items;
    uint64_t known, values, notifications, keep_alives, lost, overflows, gaps, latest;
    uint64_t from, cpu, own_cpu, bytes;
} tally;

static struct cursor node_ids(const struct buffer *file)
{
    struct cursor cursor = {file->data, file->data + file->length, false};
    tally.items = take_u32(&cursor);
    return cursor;
}

static void create_subscription(struct subscriber *subscriber)
{
    struct buffer *out = &subscriber->connection.out;
    begin_request(&subscriber->connection, CREATE_SUBSCRIPTION);
    put_double(out, options.interval);
    put_u32(out, 10000), put_u32(out, 100), put_u32(out, 0); /* lifetime, keep-alive, notifications */
    put_u8(out, 1), put_u8(out, 0);
    finish_request(&subscriber->connection);
    struct cursor body = exchange(&subscriber->connection, CREATE_SUBSCRIPTION);
    subscriber->id = take_u32(&body);
}

static void put_filter(struct buffer *out)
{
    if (options.trigger == 1 && options.band <= 0) {
        put_u16(out, 0), put_u8(out, 0);
        return;
    }
    put_u8(out, 1), put_u8(out, 0), put_u16(out, 724); /* DataChangeFilter */
    put_u8(out, 1), put_u32(out, 4 + 4 + 8);
    put_u32(out, options.trigger), put_u32(out, options.band > 0); /* absolute, if any */
    put_double(out, options.band);
}

static void put_item(struct buffer *out, const uint8_t *node_id, size_t size, uint32_t handle)
{
    put(out, node_id, size);
    put_u32(out, 13), put_u32(out, UINT32_MAX); /* Value, no range */
    put_u16(out, 0), put_u32(out, UINT32_MAX);  /* default encoding */
    put_u32(out, 2);                            /* Reporting */
    put_u32(out, handle), put_double(out, options.sampling);
    put_filter(out);
    put_u32(out, options.queue), put_u8(out, 1);
}

static void check_items(struct cursor *body, uint32_t count)
{
    if (take_count(body) != count)
        fail("CreateMonitoredItems did not answer for each of its %u items", count);
    for (uint32_t i = 0; i < count && !body->broken; i++) {
        uint32_t status = take_u32(body);
        if (status)
            fail("a monitored item was refused with StatusCode 0x%08X", status);
        take(body, 4 + 8);
        uint32_t queue = take_u32(body);
        if (queue < (uint32_t)options.queue)
            fail("a monitored item got a queue of %u; wanted %d", queue, options.queue);
        skip_node_id(body);
        if (take_u8(body))
            skip_string(body);
    }
}

static void create_items(struct subscriber *subscriber, struct cursor nodes)
{
    struct connection *connection = &subscriber->connection;
    for (uint32_t done = 0; done < tally.items;) {
        uint32_t count = tally.items - done < CHUNK ? tally.items - done : CHUNK;
        begin_request(connection, CREATE_ITEMS);
        put_u32(&connection->out, subscriber->id), put_u32(&connection->out, 2); /* both timestamps */
        put_u32(&connection->out, count);
        for (uint32_t i = 0; i < count; i++) {
            const uint8_t *from = nodes.at;
            skip_node_id(&nodes);
            if (nodes.broken)
                fail("%s holds fewer than %u NodeIds", options.body, tally.items);
            put_item(&connection->out, from, nodes.at - from, done + i);
        }
        finish_request(connection);
        struct cursor body = exchange(connection, CREATE_ITEMS);
        check_items(&body, count);
        done += count;
    }
}

static void publish(struct subscriber *subscriber)
{
    struct connection *connection = &subscriber->connection;
    begin_request(connection, PUBLISH);
    put_u32(&connection->out, subscriber->acknowledge ? 1 : 0);
    if (subscriber->acknowledge)
        put_u32(&connection->out, subscriber->id), put_u32(&connection->out, subscriber->acknowledge);
    subscriber->acknowledge = 0;
    finish_request(connection);
    send_all(connection, connection->out.data, connection->out.length);
}

static void take_change(struct subscriber *subscriber, struct cursor *body)
{
    uint32_t handle = take_u32(body);
    double value;
    uint32_t status = take_data_value(body, &value);
    if (body->broken || handle >= tally.items || isnan(value))
        fail("a notification of no item, or without a number, came");
    if ((status & OVERFLOW_BITS) == OVERFLOW_BITS)
        tally.overflows++;
    else if (status)
        fail("a value came with StatusCode 0x%08X", status);
    double *last = &subscriber->last[handle];
    if (isnan(*last))
        tally.known++;
    else if (value > *last + 1)
        tally.lost += value - *last - 1;
    *last = value;
    tally.values++;
}

static void take_notification(struct subscriber *subscriber, struct cursor *body)
{
    take_u8(body), take_u8(body);
    uint32_t type = take_u16(body);
    take_u8(body);
    uint32_t size = take_u32(body);
    if (type != 811) { /* DataChangeNotification */
        if (type == 820)
            fail("the subscription ended with StatusCode 0x%08X", take_u32(body));
        take(body, size);
        return;
    }
    for (uint32_t count = take_count(body); count; count--)
        take_change(subscriber, body);
    if (take_count(body))
        fail("a notification has diagnostics");
}

static void publish_response(struct subscriber *subscriber, struct cursor body)
{
    /* Several requests wait at once: the handle is of one of them. */
    struct cursor peek = {body.at + 12, body.end, false};
    check_header(&body, PUBLISH, take_u32(&peek));
    take(&body, 4);
    take(&body, 4 * (size_t)take_count(&body));
    take_u8(&body);
    uint32_t sequence = take_u32(&body);
    take(&body, 8);
    uint32_t count = take_count(&body);
    if (!count) {
        tally.keep_alives++;
    } else {
        if (subscriber->sequence && sequence != subscriber->sequence + 1)
            tally.gaps++;
        subscriber->sequence = subscriber->acknowledge = sequence;
        tally.notifications++;
    }
    for (; count; count--)
        take_notification(subscriber, &body);
    if (body.broken)
        fail("a PublishResponse ends too early");
    tally.latest = now_ns();
    publish(subscriber);
}

static void readable(struct subscriber *subscriber)
{
    struct connection *connection = &subscriber->connection;
    ssize_t got = recv(connection->fd, room(&connection->in, 1 << 18), 1 << 18, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0)
        fail("the server closed the connection of a subscription");
    connection->in.length += got;
    tally.bytes += got;
    struct buffer all = connection->in;
    size_t used, sum = 0;
    struct cursor body;
    for (;;) {
        connection->in.data = all.data + sum;
        connection->in.length = all.length - sum;
        bool whole = next_message(connection, &used, &body);
        sum += used;
        if (whole)
            publish_response(subscriber, body);
        else if (!used)
            break;
    }
    connection->in = all;
    drop_front(&connection->in, sum);
}

static void begin_count(void)
{
    tally.values = tally.notifications = tally.keep_alives = tally.lost = tally.overflows = tally.gaps = 0;
    tally.bytes = 0;
    tally.from = now_ns(), tally.cpu = watched_cpu_ns(), tally.own_cpu = own_cpu_ns();
    printf("subscribed\n");
    fflush(stdout);
}

static void report(void)
{
    uint64_t cpu = watched_cpu_ns() - tally.cpu, own = own_cpu_ns() - tally.own_cpu;
    printf("{\"values\": %ju, \"notifications\": %ju, \"keep_alives\": %ju, \"lost\": %ju, ", tally.values,
           tally.notifications, tally.keep_alives, tally.lost);
    printf("\"overflows\": %ju, \"gaps\": %ju, \"bytes\": %ju, ", tally.overflows, tally.gaps, tally.bytes);
    printf("\"seconds\": %.6f, \"server_cpu_s\": %.6f, ", (tally.latest - tally.from) / 1e9, cpu / 1e9);
    printf("\"loader_cpu_s\": %.6f}\n", own / 1e9);
}

void run_subscribe(void)
{
    int count = options.connections;
    struct buffer file = read_file(options.body);
    struct cursor nodes = node_ids(&file);
    struct subscriber *all = calloc(count, sizeof *all);
    struct pollfd *sockets = calloc(count + 1, sizeof *sockets);
    for (int i = 0; i < count; i++) {
        dial(&all[i].connection);
        opcua_open(&all[i].connection);
        all[i].last = malloc(tally.items * sizeof(double));
        for (uint32_t item = 0; item < tally.items; item++)
            all[i].last[item] = NAN;
        create_subscription(&all[i]);
        create_items(&all[i], nodes);
        for (int request = 0; request < options.outstanding; request++)
            publish(&all[i]);
        sockets[i] = (struct pollfd){all[i].connection.fd, POLLIN, 0};
    }
    sockets[count] = (struct pollfd){STDIN_FILENO, POLLIN, 0};
    uint64_t until = now_ns() + options.seconds * 1e9;
    while (now_ns() < until && !(sockets[count].revents & (POLLIN | POLLHUP))) {
        poll(sockets, count + 1, 50);
        for (int i = 0; i < count; i++)
            if (sockets[i].revents)
                readable(&all[i]);
        if (!tally.from && tally.known == (uint64_t)count * tally.items)
            begin_count();
    }
    if (!tally.from)
        fail("only %ju of %ju first values came in %g s", tally.known, (uintmax_t)count * tally.items,
             options.seconds);
    report();
    for (int i = 0; i < count; i++)
        opcua_close(&all[i].connection);
}
