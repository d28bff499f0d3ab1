/* Bytes in and out: a growing buffer, and a cursor that never reads past its end. Everything is little-endian. */
#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *data;
    size_t length, capacity;
};

struct cursor {
    const uint8_t *at, *end;
    bool broken; /* something was to be read that is not there */
};

/* Ends the program with one sentence on standard error. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

uint8_t *room(struct buffer *buffer, size_t size); /* for `size` more bytes; length stays */
void put(struct buffer *buffer, const void *data, size_t size);
void put_u8(struct buffer *buffer, uint8_t value);
void put_u16(struct buffer *buffer, uint16_t value);
void put_u32(struct buffer *buffer, uint32_t value);
void put_u64(struct buffer *buffer, uint64_t value);
void put_double(struct buffer *buffer, double value);
void put_string(struct buffer *buffer, const char *text); /* OPC UA's; NULL for a null string */
void drop_front(struct buffer *buffer, size_t size);
struct buffer read_file(const char *path);

const uint8_t *take(struct cursor *cursor, size_t size); /* NULL where fewer are left */
uint8_t take_u8(struct cursor *cursor);
uint16_t take_u16(struct cursor *cursor);
uint32_t take_u32(struct cursor *cursor);
uint64_t take_u64(struct cursor *cursor);
double take_double(struct cursor *cursor);
void skip_string(struct cursor *cursor); /* String or ByteString */

static inline uint32_t load_u32(const uint8_t *at)
{
    return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void store_u32(uint8_t *at, uint32_t value)
{
    at[0] = value, at[1] = value >> 8, at[2] = value >> 16, at[3] = value >> 24;
}

static inline void store_u64(uint8_t *at, uint64_t value)
{
    store_u32(at, value), store_u32(at + 4, value >> 32);
}

#endif
