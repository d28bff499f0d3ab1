/* What is sent, over how many connections, for how long; and what a protocol has to do for that. */
#ifndef LOAD_H
#define LOAD_H

#include "bytes.h"

#include <sys/types.h>

#define MOST_WATCHED 64

struct options {
    const char *mode; /* opcua, subscribe, http or grpc */
    const char *host, *port;
    const char *url;    /* of the endpoint (opcua), the path (grpc) */
    const char *policy; /* PolicyId of the anonymous user token */
    const char *body;   /* file with the request's bytes */
    int connections;
    double seconds, warm;   /* measured, and before that */
    long requests;          /* at most, 0 for no bound but time */
    int expect;             /* outputs, values or results of one response; bytes of one HTTP body, 0 for any */
    double value;           /* the first Double of each response, NaN for any */
    double interval;        /* publishing interval in ms */
    int queue;              /* of a monitored item */
    double sampling, band;  /* of a monitored item: interval in ms, absolute dead band */
    int trigger;            /* of a monitored item, as DataChangeTrigger */
    int outstanding;        /* publish requests */
    pid_t watched[MOST_WATCHED];
    int watched_count;
};

struct connection {
    int fd;
    struct buffer in, out, whole; /* whole: a message put together of chunks */
    uint64_t sent_at;             /* ns */
    uint32_t channel, token, sequence, request, handle;
    uint32_t response_id; /* request id of the last response */
    struct buffer authentication;
    size_t timestamp_at, handle_at; /* places in `out` */
    uint32_t stream;                /* HTTP/2 */
    int64_t send_window, unacknowledged;
    int phase;
};

struct protocol {
    void (*open)(struct connection *connection);    /* blocks */
    void (*prepare)(struct connection *connection); /* puts the next request into `out` */
    bool (*response)(struct connection *connection, size_t *used); /* of the bytes in `in`; whether it is whole */
    void (*close)(struct connection *connection);   /* blocks; NULL where nothing has to be said */
};

extern struct options options;
extern const struct protocol opcua_protocol, http_protocol, grpc_protocol;

uint64_t now_ns(void);
uint64_t watched_cpu_ns(void); /* of all watched processes' threads */
uint64_t own_cpu_ns(void);

void dial(struct connection *connection);
void send_all(struct connection *connection, const void *data, size_t size);
void receive_more(struct connection *connection); /* blocks */

void run_load(const struct protocol *protocol);
void run_subscribe(void);

#endif
