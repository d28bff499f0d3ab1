/* OPC UA binary over TCP (Part 6, 6.7 and 7.1) without security: what all kinds of load over it share. */
#ifndef OPCUA_H
#define OPCUA_H

#include "load.h"

enum {
    OPEN_CHANNEL = 446,
    CREATE_SESSION = 461,
    ACTIVATE_SESSION = 467,
    CLOSE_SESSION = 473,
    READ = 631,
    WRITE = 673,
    CALL = 712,
    CREATE_ITEMS = 751,
    CREATE_SUBSCRIPTION = 787,
    PUBLISH = 826,
    RESPONSE_AFTER = 3, /* a response's encoding id is its request's and 3 */
};

void opcua_open(struct connection *connection);  /* Hello to ActivateSession; blocks */
void opcua_close(struct connection *connection); /* gives the session and its subscriptions back; blocks */

/* A request message in `out`: begin, put the parameters, finish. */
void begin_request(struct connection *connection, uint32_t type);
void finish_request(struct connection *connection);
void refresh_request(struct connection *connection); /* new numbers in the message that stands in `out` */

/* Takes one chunk of `in`; whether it ended a message, whose body is then from `body` on. */
bool next_message(struct connection *connection, size_t *used, struct cursor *body);

/* Checks type, request handle and ServiceResult; the cursor is behind the ResponseHeader then. */
void check_header(struct cursor *body, uint32_t type, uint32_t handle);

/* Sends what stands in `out` and waits for its answer, which has to be Good; blocks. */
struct cursor exchange(struct connection *connection, uint32_t type);

uint64_t filetime(void);

/* opcua_values.c */
void skip_node_id(struct cursor *cursor);
void take_node_id(struct cursor *cursor, struct buffer *copy);
double take_variant(struct cursor *cursor); /* its number, or NaN where it is none */
uint32_t take_data_value(struct cursor *cursor, double *value); /* StatusCode; 0 is Good */
uint32_t take_count(struct cursor *cursor);                     /* of an array; 0 for null */
void check_results(struct cursor *body, uint32_t type);         /* of Call, Read or Write */

#endif
