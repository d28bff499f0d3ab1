/* Drives a server from pre-encoded requests, checks every answer, and prints one line of JSON.
 *
 * loadgen opcua|subscribe|http|grpc --port P --body FILE [--connections C] [--seconds S] … ; see `names`.
 */
#include "load.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct options options = {
    .host = "127.0.0.1",
    .url = "",
    .policy = "anonymous",
    .connections = 1,
    .seconds = 1,
    .warm = 0.05,
    .value = NAN,
    .interval = 100,
    .queue = 10,
    .trigger = 1,
    .outstanding = 3,
};

static void read_option(const char *name, const char *value)
{
    if (!strcmp(name, "--host"))
        options.host = value;
    else if (!strcmp(name, "--port"))
        options.port = value;
    else if (!strcmp(name, "--url"))
        options.url = value;
    else if (!strcmp(name, "--policy"))
        options.policy = value;
    else if (!strcmp(name, "--body"))
        options.body = value;
    else if (!strcmp(name, "--connections"))
        options.connections = atoi(value);
    else if (!strcmp(name, "--seconds"))
        options.seconds = atof(value);
    else if (!strcmp(name, "--warm"))
        options.warm = atof(value);
    else if (!strcmp(name, "--requests"))
        options.requests = atol(value);
    else if (!strcmp(name, "--expect"))
        options.expect = atoi(value);
    else if (!strcmp(name, "--value"))
        options.value = atof(value);
    else if (!strcmp(name, "--interval"))
        options.interval = atof(value);
    else if (!strcmp(name, "--queue"))
        options.queue = atoi(value);
    else if (!strcmp(name, "--sampling"))
        options.sampling = atof(value);
    else if (!strcmp(name, "--trigger"))
        options.trigger = atoi(value);
    else if (!strcmp(name, "--band"))
        options.band = atof(value);
    else if (!strcmp(name, "--outstanding"))
        options.outstanding = atoi(value);
    else if (!strcmp(name, "--watch") && options.watched_count < MOST_WATCHED)
        options.watched[options.watched_count++] = atoi(value);
    else
        fail("unknown option %s, or too many of it", name);
}

int main(int count, char **words)
{
    if (count < 2 || count % 2)
        fail("usage: loadgen opcua|subscribe|http|grpc --port P --body FILE [--option value …]");
    options.mode = words[1];
    for (int i = 2; i < count; i += 2)
        read_option(words[i], words[i + 1]);
    if (!options.port || !options.body || options.connections < 1)
        fail("a port, a body and at least one connection are needed");
    signal(SIGPIPE, SIG_IGN);
    if (!strcmp(options.mode, "opcua"))
        run_load(&opcua_protocol);
    else if (!strcmp(options.mode, "http"))
        run_load(&http_protocol);
    else if (!strcmp(options.mode, "grpc"))
        run_load(&grpc_protocol);
    else if (!strcmp(options.mode, "subscribe"))
        run_subscribe();
    else
        fail("unknown mode %s; wanted opcua, subscribe, http or grpc", options.mode);
    return 0;
}
