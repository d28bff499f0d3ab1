/* Requests one after another on each of many connections, and how long each answer took. */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define PATIENCE_MS 30000
#define MOST_EVENTS 256

struct tally {
    uint32_t *latencies; /* ns */
    size_t count, capacity;
    uint64_t from, until; /* ns; nothing is sent after `until`, once there is a figure */
    uint64_t last, cpu, own_cpu;
    size_t waiting;
    bool started;
};

static void record(struct tally *tally, uint64_t latency)
{
    if (tally->count == tally->capacity) {
        tally->capacity = tally->capacity ? tally->capacity * 2 : 1 << 16;
        tally->latencies = realloc(tally->latencies, tally->capacity * sizeof *tally->latencies);
        if (!tally->latencies)
            fail("no memory for latencies");
    }
    tally->latencies[tally->count++] = latency > UINT32_MAX ? UINT32_MAX : latency;
}

static void ask(const struct protocol *protocol, struct connection *connection, struct tally *tally)
{
    protocol->prepare(connection);
    connection->sent_at = now_ns();
    send_all(connection, connection->out.data, connection->out.length);
    tally->waiting++;
}

static void start(struct tally *tally, uint64_t now)
{
    tally->started = true;
    tally->from = now;
    tally->cpu = watched_cpu_ns();
    tally->own_cpu = own_cpu_ns();
}

static void answered(const struct protocol *protocol, struct connection *connection, struct tally *tally)
{
    uint64_t now = now_ns();
    tally->waiting--;
    if (tally->started) {
        if (connection->sent_at >= tally->from) {
            record(tally, now - connection->sent_at);
            tally->last = now;
        }
    } else if (now >= tally->from) {
        start(tally, now);
    }
    bool enough = options.requests && tally->count + tally->waiting >= (size_t)options.requests;
    if ((now < tally->until || !tally->count) && !enough)
        ask(protocol, connection, tally);
}

static void readable(const struct protocol *protocol, struct connection *connection, struct tally *tally)
{
    ssize_t got = recv(connection->fd, room(&connection->in, 65536), 65536, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0)
        fail("the server closed the connection in the middle of the load");
    connection->in.length += got;
    size_t used = 0;
    while (connection->in.length) {
        bool whole = protocol->response(connection, &used);
        drop_front(&connection->in, used);
        if (whole)
            answered(protocol, connection, tally);
        else if (!used)
            return;
    }
}

static int by_size(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

static double quantile_us(const struct tally *tally, double share)
{
    size_t place = share * (tally->count - 1) + 0.5;
    return tally->latencies[place] / 1e3;
}

static void report(struct tally *tally)
{
    uint64_t cpu = watched_cpu_ns() - tally->cpu, own = own_cpu_ns() - tally->own_cpu;
    if (!tally->count)
        fail("no request was answered in %g s", options.seconds);
    qsort(tally->latencies, tally->count, sizeof *tally->latencies, by_size);
    double seconds = (tally->last - tally->from) / 1e9;
    printf("{\"responses\": %zu, \"seconds\": %.6f, \"per_second\": %.1f, ", tally->count, seconds,
           tally->count / seconds);
    printf("\"p50_us\": %.2f, \"p99_us\": %.2f, \"p999_us\": %.2f, \"max_us\": %.2f, ", quantile_us(tally, .5),
           quantile_us(tally, .99), quantile_us(tally, .999), quantile_us(tally, 1));
    printf("\"server_cpu_us\": %.3f, \"loader_cpu_us\": %.3f}\n", cpu / 1e3 / tally->count,
           own / 1e3 / tally->count);
}

void run_load(const struct protocol *protocol)
{
    struct connection *all = calloc(options.connections, sizeof *all);
    int queue = epoll_create1(0);
    if (!all || queue < 0)
        fail("no memory for %d connections", options.connections);
    for (int i = 0; i < options.connections; i++) {
        dial(&all[i]);
        protocol->open(&all[i]);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        if (epoll_ctl(queue, EPOLL_CTL_ADD, all[i].fd, &event))
            fail("epoll refuses a connection: %s", strerror(errno));
    }
    uint64_t now = now_ns();
    struct tally tally = {.from = now + options.warm * 1e9};
    tally.until = tally.from + options.seconds * 1e9;
    for (int i = 0; i < options.connections; i++)
        ask(protocol, &all[i], &tally);
    struct epoll_event events[MOST_EVENTS];
    while (tally.waiting) {
        int ready = epoll_wait(queue, events, MOST_EVENTS, PATIENCE_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            fail("no answer for %d s", PATIENCE_MS / 1000);
        for (int i = 0; i < ready; i++)
            readable(protocol, events[i].data.ptr, &tally);
    }
    report(&tally);
    for (int i = 0; protocol->close && i < options.connections; i++)
        protocol->close(&all[i]);
}
