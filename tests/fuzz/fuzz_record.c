/* The first byte chooses a table, the rest is a frame: what decodes encodes again, to
 * bytes that decode to an equal record; its JSON parses and reads back equal too. */
#include "tests/fuzz/fuzz.h"

#include "proto/wire/fact.h"
#include "proto/wire/message.h"

#include <stdlib.h>

#define ARENA_BYTES (64u << 20)
#define MOST_BYTES  1024 /* of any record */

static const struct record_table *table_of(unsigned which)
{
    const struct record_table *const others[] = {
        &article_table,       &article_loose_table, &message_ack_table,
        &message_ready_table, &message_hello_table, &message_jobs_table,
        &message_from_table,  &message_gap_table,   &message_error_table,
    };
    const unsigned count = sizeof others / sizeof *others, kinds = FACT_KINDS - 1;
    which %= count + kinds;
    return which < count ? others[which] : fact_tables[1 + which - count];
}

static void check(const struct record_table *table, struct str frame, struct arena *arena)
{
    _Alignas(16) char first[MOST_BYTES], second[MOST_BYTES];
    struct buf buf = {0}, again = {0};
    struct err err = {0};
    if (table->size_bytes > MOST_BYTES)
        abort();
    if (record_decode(table, frame, arena, first, &err) < 0) {
        if (err.text[0] == '\0')
            abort();
        return;
    }
    record_encode(table, first, &buf);
    if (record_decode(table, buf_str(&buf), arena, second, NULL) < 0 ||
        !record_equal(table, first, second))
        abort();
    record_encode(table, second, &again);
    if (!str_eq(buf_str(&buf), buf_str(&again)))
        abort();
    if (table != &message_from_table) { /* its raw value has no JSON form */
        buf_clear(&buf);
        record_print(table, first, &buf);
        json_t *json = record_load_json(buf_str(&buf), NULL);
        if (json == NULL || record_from_json(table, json, arena, second, NULL) < 0 ||
            !record_equal(table, first, second))
            abort();
        json_decref(json);
    }
    buf_fini(&buf);
    buf_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena arena;
    struct fact fact;
    if (len == 0)
        return 0;
    struct str frame = {(const char *)bytes + 1, len - 1};
    arena_init(&arena, ARENA_BYTES);
    check(table_of(bytes[0]), frame, &arena);
    if (fact_decode(frame, &arena, &fact, NULL) == 0) {
        struct fact_view view;
        struct buf buf = {0};
        if (fact_view(frame, &view, NULL) < 0)
            abort();
        fact_add_seq(frame, 1, &buf);
        int rc = fact_decode(buf_str(&buf), &arena, &fact, NULL);
        if (rc != ERR_LIMIT &&
            (rc < 0 || fact.seq != 1)) /* one key more may be too many */
            abort();
        buf_fini(&buf);
    }
    arena_fini(&arena);
    return 0;
}
