#ifndef PROTO_WIRE_RECORD_PRIVATE_H
#define PROTO_WIRE_RECORD_PRIVATE_H

/* What the parts of the record module share; nobody else includes it but the modules of
 * this directory that decode values already scanned. */

#include "proto/wire/record.h"
#include "proto/wire/limits.h"
#include "proto/wire/scan.h"

#include <assert.h>

/* Whole numbers up to here are exact in a double, and travel as integers. */
#define RECORD_WHOLE_MAX 9007199254740992.0

static inline const void *record_at(const void *record, const struct record_field *field)
{
    return (const char *)record + field->offset;
}

static inline void *record_slot(void *record, const struct record_field *field)
{
    return (char *)record + field->offset;
}

static inline struct str record_key(const struct record_field *field)
{
    return str_make(field->key, field->key_len ? field->key_len : strlen(field->key));
}

static inline size_t record_max_bytes(const struct record_field *field)
{
    return field->max_bytes ? field->max_bytes : LIMIT_FIELD_BYTES;
}

static inline const void *record_item(const struct record_list *list, uint32_t index,
                                      const struct record_table *table)
{
    return (const char *)list->item + (size_t)index * table->size_bytes;
}

bool record_has(const void *record, const struct record_field *field);
/* Present, or a required list, which is written empty. */
bool record_is_written(const void *record, const struct record_field *field);
void record_make_absent(void *record, const struct record_field *field);
bool record_is_whole(double number);

/* Which of names[1..] bytes is, or 0. */
int record_enum_of(const struct record_field *field, struct str bytes);

/* Fill err with "<table>.<key> <problem>". */
int record_bad(struct err *err, int code, const struct record_table *table,
               const char *key, const char *problem);

int record_unknown_key(struct err *err, const struct record_table *table, struct str key);

/* The field of this key; looks behind *hint first, for keys that come in table order. */
const struct record_field *record_find(const struct record_table *table, struct str key,
                                       unsigned *hint);

/* A map decoded before, which the next record is likely to hold again byte for byte: the
 * fields of table are then not read anew. */
struct record_memo {
    const struct record_table *table; /* all its fields are strings */
    struct str raw;                   /* the map's bytes; ptr NULL: none so far */
    void *record;                     /* of table->size_bytes, the caller's */
};

/* Fields of map (of a frame scan_check has passed) into *record_out, which is not made
 * absent first. With a memo (or NULL), a map field of its table that stands in memo->raw
 * byte for byte points to memo->record. */
int record_decode_value(const struct record_table *table, const struct scan_value *map,
                        struct arena *arena, void *record_out, struct err *err);
int record_decode_memo(const struct record_table *table, const struct scan_value *map,
                       struct record_memo *memo, struct arena *arena, void *record_out,
                       struct err *err);

/* As record_encode, to any taker of bytes. */
void record_encode_to(const struct record_table *table, const void *record,
                      int (*take)(void *context, const char *bytes, size_t len),
                      void *context);

/* Are the required fields among those in `seen` (bit by index)? */
int record_check_required(const struct record_table *table, uint64_t seen,
                          struct err *err);

#endif
