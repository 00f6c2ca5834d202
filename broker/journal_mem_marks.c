#include "broker/journal_mem_state.h"

#include "proto/base/clock.h"

static void note_mark(struct mem *mem, struct str name)
{
    struct undo *undo = journal_mem_undo(mem, UNDO_MARK);

    undo->name = mem_copy(name.ptr, name.len);
    undo->name_len = name.len;
    undo->was = map_get(mem->marks, name, &undo->old);
}

int journal_mem_mark(void *impl, struct str name, uint64_t position, struct err *err)
{
    struct mem *mem = impl;

    int rc = journal_mem_may_change(mem, err);
    if (rc < 0)
        return rc;
    if (map_count(mem->marks) >= JOURNAL_MARKS && !map_get(mem->marks, name, NULL))
        return err_set(err, ERR_LIMIT, "there are %d named consumers already",
                       JOURNAL_MARKS);
    note_mark(mem, name);
    map_put(mem->marks, name, position);
    map_put(mem->mark_ms, name, mem->wall_ms ? mem->wall_ms : clock_wall_ms());
    return 0;
}

int journal_mem_forget(void *impl, struct str name, struct err *err)
{
    struct mem *mem = impl;

    int rc = journal_mem_may_change(mem, err);
    if (rc < 0)
        return rc;
    if (!map_get(mem->marks, name, NULL))
        return err_set(err, ERR_NOTFOUND, "nothing is confirmed under this name");
    note_mark(mem, name);
    map_del(mem->marks, name);
    return 0;
}

int journal_mem_next_mark(void *impl, struct str after, struct journal_mark *out,
                          struct err *err)
{
    struct mem *mem = impl;
    struct str name;
    uint64_t position;
    size_t at = 0;

    (void)err;
    while (map_next(mem->marks, &at, &name, &position) == 1)
        if (str_cmp(name, after) > 0 &&
            (out->name.ptr == NULL || str_cmp(name, out->name) < 0))
            *out = (struct journal_mark){.name = name, .position = position};
    if (out->name.ptr == NULL)
        return 0;
    map_get(mem->mark_ms, out->name, &out->marked_ms);
    return 1;
}

int journal_mem_marked(void *impl, struct str name, uint64_t *position_out)
{
    struct mem *mem = impl;
    return map_get(mem->marks, name, position_out);
}
