#include "worker/sink/store.h"

#include "proto/base/diag.h"
#include "worker/sink/store_private.h"

void store_init(struct store *store, const struct store_engine *engine)
{
    store->engine = engine;
    arena_init(&store->arena, STORE_ARENA_BYTES);
}

void store_fini(struct store *store)
{
    arena_fini(&store->arena);
}

int store_apply(struct store *store, const struct store_batch *batch, struct err *err)
{
    const struct store_counts before = store->counts;
    int rc = store->engine->apply(store, batch, err);
    if (rc < 0)
        store->counts = before;
    return rc;
}

int store_position(struct store *store, const char *name, uint64_t *next_out,
                   struct err *err)
{
    return store->engine->position(store, name, next_out, err);
}

struct store_counts store_counts(const struct store *store)
{
    return store->counts;
}

void store_close(struct store **store)
{
    if (*store)
        (*store)->engine->close(*store);
    *store = NULL;
}

static int write_entry(struct store *store, const struct store_steps *steps,
                       const struct store_batch *batch, size_t i, struct err *err)
{
    struct rows rows;
    struct err why = {0};
    int rc = rows_read(batch->entry[i], &store->arena, &rows, &why);
    if (rc < 0) {
        diag(DIAG_ERROR, "sink", "an entry cannot be read and is set aside", "before",
             diag_u64(batch->next), "reason", why.text, NULL);
        store->counts.refused++;
        rc = steps->refuse(store, batch->next, i, why.text, batch->entry[i], err);
    } else {
        store->counts.articles++;
        store->counts.facts += rows.count;
        rc = steps->clear(store, &rows, err);
        if (rc == 0)
            rc = rows_each(&rows, &store->arena, steps->add, store, err);
    }
    arena_reset(&store->arena);
    if (rc == ERR_CONFLICT)
        err_prefix(err,
                   "position %llu holds another article: is this another broker's log?",
                   (unsigned long long)rows.seq);
    return rc;
}

int store_transact(struct store *store, const struct store_steps *steps,
                   const struct store_batch *batch, struct err *err)
{
    int rc = steps->begin(store, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < batch->entries; i++)
        rc = write_entry(store, steps, batch, i, err);
    for (size_t i = 0; rc == 0 && i < batch->gaps; i++)
        rc = steps->gap(store, &batch->gap[i], err);
    if (rc == 0)
        rc = steps->move(store, batch->name, batch->next, err);
    if (rc == 0)
        rc = steps->commit(store, err);
    if (rc < 0)
        steps->rollback(store);
    arena_reset(&store->arena);
    return rc;
}
