#include "bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

uint8_t *room(struct buffer *buffer, size_t size)
{
    if (buffer->capacity - buffer->length < size) {
        buffer->capacity = (buffer->length + size) * 2;
        buffer->data = realloc(buffer->data, buffer->capacity);
        if (!buffer->data)
            fail("no memory for %zu bytes", buffer->capacity);
    }
    return buffer->data + buffer->length;
}

void put(struct buffer *buffer, const void *data, size_t size)
{
    if (size)
        memcpy(room(buffer, size), data, size);
    buffer->length += size;
}

void put_u8(struct buffer *buffer, uint8_t value)
{
    put(buffer, &value, 1);
}

void put_u16(struct buffer *buffer, uint16_t value)
{
    uint8_t bytes[2] = {value, value >> 8};
    put(buffer, bytes, sizeof bytes);
}

void put_u32(struct buffer *buffer, uint32_t value)
{
    uint8_t bytes[4];
    store_u32(bytes, value);
    put(buffer, bytes, sizeof bytes);
}

void put_u64(struct buffer *buffer, uint64_t value)
{
    uint8_t bytes[8];
    store_u64(bytes, value);
    put(buffer, bytes, sizeof bytes);
}

void put_double(struct buffer *buffer, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_u64(buffer, bits);
}

void put_string(struct buffer *buffer, const char *text)
{
    put_u32(buffer, text ? strlen(text) : UINT32_MAX);
    if (text)
        put(buffer, text, strlen(text));
}

void drop_front(struct buffer *buffer, size_t size)
{
    buffer->length -= size;
    if (buffer->length)
        memmove(buffer->data, buffer->data + size, buffer->length);
}

struct buffer read_file(const char *path)
{
    struct buffer content = {0};
    FILE *file = fopen(path, "rb");
    if (!file)
        fail("%s can't be opened", path);
    size_t got;
    while ((got = fread(room(&content, 65536), 1, 65536, file)))
        content.length += got;
    fclose(file);
    return content;
}

const uint8_t *take(struct cursor *cursor, size_t size)
{
    if (cursor->broken || (size_t)(cursor->end - cursor->at) < size) {
        cursor->broken = true;
        return NULL;
    }
    cursor->at += size;
    return cursor->at - size;
}

uint8_t take_u8(struct cursor *cursor)
{
    const uint8_t *at = take(cursor, 1);
    return at ? *at : 0;
}

uint16_t take_u16(struct cursor *cursor)
{
    const uint8_t *at = take(cursor, 2);
    return at ? at[0] | at[1] << 8 : 0;
}

uint32_t take_u32(struct cursor *cursor)
{
    const uint8_t *at = take(cursor, 4);
    return at ? load_u32(at) : 0;
}

uint64_t take_u64(struct cursor *cursor)
{
    uint64_t low = take_u32(cursor);
    return low | (uint64_t)take_u32(cursor) << 32;
}

double take_double(struct cursor *cursor)
{
    uint64_t bits = take_u64(cursor);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void skip_string(struct cursor *cursor)
{
    uint32_t length = take_u32(cursor);
    if (length != UINT32_MAX)
        take(cursor, length);
}
