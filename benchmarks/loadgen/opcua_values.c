/* Answers walked to their last byte: every StatusCode, the number of values, the first one. */
#include "opcua.h"

#include <math.h>

static const uint8_t SCALAR_SIZES[] = {0, 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 0, 8, 16};
enum { T_NULL, T_FLOAT = 10, T_DOUBLE = 11, T_STRING = 12, T_BYTE_STRING = 15, T_XML = 16, T_NODE_ID = 17,
       T_STATUS = 19, T_LOCALIZED = 21, T_EXTENSION = 22, T_ARRAY = 0x80, T_DIMENSIONS = 0x40 };

void skip_node_id(struct cursor *cursor)
{
    uint8_t kind = take_u8(cursor) & 0x3f;
    if (kind == 0)
        take(cursor, 1);
    else if (kind == 1)
        take(cursor, 3);
    else if (kind == 2)
        take(cursor, 6);
    else if (kind == 4)
        take(cursor, 18);
    else {
        take(cursor, 2);
        skip_string(cursor);
    }
}

void take_node_id(struct cursor *cursor, struct buffer *copy)
{
    const uint8_t *from = cursor->at;
    skip_node_id(cursor);
    copy->length = 0;
    if (!cursor->broken)
        put(copy, from, cursor->at - from);
}

static void skip_localized_text(struct cursor *cursor)
{
    uint8_t mask = take_u8(cursor);
    if (mask & 1)
        skip_string(cursor);
    if (mask & 2)
        skip_string(cursor);
}

static double take_scalar(struct cursor *cursor, uint8_t type)
{
    if (type == T_DOUBLE)
        return take_double(cursor);
    if (type == T_STRING || type == T_BYTE_STRING || type == T_XML)
        skip_string(cursor);
    else if (type == T_NODE_ID)
        skip_node_id(cursor);
    else if (type == T_STATUS)
        take(cursor, 4);
    else if (type == T_LOCALIZED)
        skip_localized_text(cursor);
    else if (type == T_EXTENSION) {
        skip_node_id(cursor);
        if (take_u8(cursor))
            skip_string(cursor);
    } else if (type < sizeof SCALAR_SIZES && (SCALAR_SIZES[type] || type == T_NULL))
        take(cursor, SCALAR_SIZES[type]);
    else
        fail("an answer has a value of built-in type %d, which the load generator does not know", type);
    return NAN;
}

double take_variant(struct cursor *cursor)
{
    uint8_t mask = take_u8(cursor), type = mask & 0x3f;
    if (!(mask & T_ARRAY))
        return take_scalar(cursor, type);
    double first = NAN;
    uint32_t count = take_count(cursor);
    for (uint32_t i = 0; i < count && !cursor->broken; i++) {
        double one = take_scalar(cursor, type);
        first = i ? first : one;
    }
    if (mask & T_DIMENSIONS)
        take(cursor, 4 * (size_t)take_count(cursor));
    return first;
}

uint32_t take_data_value(struct cursor *cursor, double *value)
{
    uint8_t mask = take_u8(cursor);
    *value = mask & 1 ? take_variant(cursor) : NAN;
    uint32_t status = mask & 2 ? take_u32(cursor) : 0;
    take(cursor, (mask & 4 ? 8 : 0) + (mask & 16 ? 2 : 0) + (mask & 8 ? 8 : 0) + (mask & 32 ? 2 : 0));
    return status;
}

uint32_t take_count(struct cursor *cursor)
{
    uint32_t count = take_u32(cursor);
    return count == UINT32_MAX ? 0 : count;
}

static double call_result(struct cursor *body)
{
    uint32_t status = take_u32(body);
    if (status)
        fail("a Call ended with StatusCode 0x%08X", status);
    take(body, 4 * (size_t)take_count(body)); /* InputArgumentResults */
    if (take_count(body))
        fail("a Call has diagnostics of its arguments");
    double first = NAN;
    uint32_t outputs = take_count(body);
    if (options.expect && outputs != (uint32_t)options.expect)
        fail("a Call has %u outputs; wanted %d", outputs, options.expect);
    for (uint32_t i = 0; i < outputs && !body->broken; i++) {
        double one = take_variant(body);
        first = isnan(first) ? one : first;
    }
    return first;
}

static double values_read(struct cursor *body, uint32_t count)
{
    double first = NAN;
    for (uint32_t i = 0; i < count && !body->broken; i++) {
        double one;
        uint32_t status = take_data_value(body, &one);
        if (status)
            fail("value %u of a Read has StatusCode 0x%08X", i, status);
        first = isnan(first) ? one : first;
    }
    return first;
}

void check_results(struct cursor *body, uint32_t type)
{
    double first = NAN;
    uint32_t count = take_count(body);
    uint32_t wanted = type == CALL ? 1 : options.expect;
    if (wanted && count != wanted)
        fail("an answer has %u results; wanted %u", count, wanted);
    if (type == CALL)
        first = call_result(body);
    else if (type == READ)
        first = values_read(body, count);
    else
        for (uint32_t i = 0; i < count && !body->broken; i++)
            if (take_u32(body))
                fail("result %u of an answer is not Good", i);
    if (take_count(body))
        fail("an answer has diagnostics");
    if (body->broken || body->at != body->end)
        fail("an answer is %td bytes longer than its values", body->end - body->at);
    if (!isnan(options.value) && !(fabs(first - options.value) < 1e-5))
        fail("the first number of an answer is %.9g; wanted %.9g", first, options.value);
}
