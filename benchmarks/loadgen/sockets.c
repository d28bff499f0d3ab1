/* Sockets that block while a connection is opened; the clocks. */
#include "load.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 30

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

uint64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t own_cpu_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

void dial(struct connection *connection)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(options.host, options.port, &hints, &found))
        fail("%s:%s can't be resolved", options.host, options.port);
    connection->fd = socket(found->ai_family, SOCK_STREAM, 0);
    if (connection->fd < 0 || connect(connection->fd, found->ai_addr, found->ai_addrlen))
        fail("%s:%s: %s", options.host, options.port, strerror(errno));
    freeaddrinfo(found);
    int yes = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct timeval patience = {.tv_sec = PATIENCE_S};
    setsockopt(connection->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(connection->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

void send_all(struct connection *connection, const void *data, size_t size)
{
    const uint8_t *at = data;
    while (size) {
        ssize_t sent = send(connection->fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0)
            fail("the server does not take our request: %s", strerror(errno));
        at += sent;
        size -= sent;
    }
}

void receive_more(struct connection *connection)
{
    ssize_t got = recv(connection->fd, room(&connection->in, 65536), 65536, 0);
    if (got <= 0)
        fail("%s", got ? "no answer from the server" : "the server closed the connection");
    connection->in.length += got;
}
