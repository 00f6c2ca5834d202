#include "broker/journal.h"

#include "proto/base/mem.h"
#include "proto/wire/limits.h"

#include <assert.h>

#define KEEP_NAME_BYTES 64

struct journal {
    const struct journal_engine *engine;
    void *impl; /* owned by the engine, ended by its close */
};

static const struct journal_engine *const engines[] = {
    &journal_engine_lmdb,
    &journal_engine_mem,
#ifdef HAVE_NATS
    &journal_engine_nats,
#endif
};

/* Schemes that other builds of this program may know, and what they have. */
static const struct absent {
    const char *scheme, *library;
} absent[] = {{"nats", "libnats (Debian: libnats-dev)"}};

static const struct journal_engine *find_engine(struct str scheme)
{
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++)
        if (str_is(scheme, engines[i]->scheme))
            return engines[i];
    return NULL;
}

/* Engine of a URI, and what stands behind its scheme. */
static int resolve(const char *uri, const struct journal_engine **engine_out,
                   const char **rest_out, struct err *err)
{
    struct str rest = str_of(uri), scheme;

    if (!str_split(&rest, ':', &scheme) || rest.ptr == NULL)
        return err_set(err, ERR_USAGE,
                       "journal \"%s\": want lmdb:PATH, nats://HOST or mem:", uri);
    *engine_out = find_engine(scheme);
    *rest_out = rest.ptr;
    if (*engine_out)
        return 0;
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        if (str_is(scheme, absent[i].scheme))
            return err_set(err, ERR_BUILD, "journal \"%s\": built without %s", uri,
                           absent[i].library);
    return err_set(err, ERR_USAGE, "journal \"%s\": unknown scheme", uri);
}

int journal_open(const char *uri, const struct journal_options *options,
                 struct journal **journal_out, struct err *err)
{
    static const struct journal_options defaults = {0};
    const struct journal_engine *engine;
    const char *rest;

    *journal_out = NULL;
    int rc = resolve(uri, &engine, &rest, err);
    if (rc < 0)
        return rc;
    void *impl = NULL;
    rc = engine->open(rest, options ? options : &defaults, &impl, err);
    if (rc < 0)
        return rc;
    struct journal *journal = mem_zero(1, sizeof *journal);
    *journal = (struct journal){.engine = engine, .impl = impl};
    *journal_out = journal;
    return 0;
}

void journal_close(struct journal **journal)
{
    if (*journal == NULL)
        return;
    (*journal)->engine->close((*journal)->impl);
    mem_free(*journal);
    *journal = NULL;
}

void *journal_impl(const struct journal *journal)
{
    return journal->impl;
}

static size_t note_len(struct str note)
{
    return note.len < JOURNAL_NOTE_BYTES ? note.len : JOURNAL_NOTE_BYTES;
}

static int check_name(struct str name, const char *what, struct err *err)
{
    if (name.len >= 1 && name.len <= LIMIT_ID_BYTES)
        return 0;
    return err_set(err, ERR_LIMIT, "%s of %zu bytes: 1 to %d are allowed", what, name.len,
                   LIMIT_ID_BYTES);
}

static int append(struct journal *journal, enum journal_stream stream,
                  const struct journal_entry *entry, uint64_t *ticket_out,
                  struct err *err)
{
    assert(stream < JOURNAL_STREAMS);
    int rc = check_name(entry->id, "id", err);
    if (rc < 0)
        return rc;
    if (entry->bytes.len > LIMIT_ENTRY_BYTES)
        return err_set(err, ERR_LIMIT, "entry of %zu bytes: %d are allowed",
                       entry->bytes.len, LIMIT_ENTRY_BYTES);
    return journal->engine->append(journal->impl, stream, entry, ticket_out, err);
}

int journal_append(struct journal *journal, enum journal_stream stream, struct str id,
                   struct str bytes, uint64_t *ticket_out, struct err *err)
{
    const struct journal_entry entry = {.id = id, .bytes = bytes};
    return append(journal, stream, &entry, ticket_out, err);
}

int journal_append_noted(struct journal *journal, struct str id, struct str bytes,
                         struct str note, uint64_t *ticket_out, struct err *err)
{
    const struct journal_entry entry = {
        .id = id, .bytes = bytes, .note = str_slice(note, 0, note_len(note))};
    return append(journal, JOURNAL_ARTICLES, &entry, ticket_out, err);
}

int journal_append_copy(struct journal *journal, enum journal_stream stream,
                        const struct journal_item *item, uint64_t *ticket_out,
                        struct err *err)
{
    bool noted = stream == JOURNAL_ARTICLES && item->note.ptr;
    const struct journal_entry entry = {
        .id = item->id,
        .bytes = item->bytes,
        .note = noted ? str_slice(item->note, 0, note_len(item->note)) : STR_NONE,
        .stored_ms = item->stored_ms,
        .seq = stream == JOURNAL_FACTS ? item->seq : 0,
    };
    return append(journal, stream, &entry, ticket_out, err);
}

static int cannot_move(const struct journal *journal, struct err *err)
{
    return err_set(err, ERR_BUILD, "a journal at %s: cannot be moved into",
                   journal->engine->scheme);
}

bool journal_is_shared(const struct journal *journal)
{
    return journal->engine->want != NULL;
}

int journal_start_at(struct journal *journal, enum journal_stream stream, uint64_t seq,
                     struct err *err)
{
    assert(stream < JOURNAL_STREAMS && seq > 0);
    if (journal->engine->start_at == NULL)
        return cannot_move(journal, err);
    return journal->engine->start_at(journal->impl, stream, seq, err);
}

int journal_put_aside(struct journal *journal, uint64_t seq,
                      const struct journal_item *item, struct err *err)
{
    if (journal->engine->put_aside == NULL)
        return cannot_move(journal, err);
    return journal->engine->put_aside(journal->impl, seq, item, err);
}

int journal_flush(struct journal *journal, struct err *err)
{
    return journal->engine->flush(journal->impl, err);
}

int journal_settle(struct journal *journal, struct journal_outcome *out)
{
    return journal->engine->settle(journal->impl, out);
}

int journal_fd(const struct journal *journal)
{
    return journal->engine->fd(journal->impl);
}

int journal_take(struct journal *journal, struct journal_item *out, struct err *err)
{
    *out = (struct journal_item){0};
    return journal->engine->take(journal->impl, out, err);
}

int journal_next(struct journal *journal, struct journal_item *out, struct err *err)
{
    *out = (struct journal_item){0};
    return journal->engine->next(journal->impl, out, err);
}

int journal_work(struct journal *journal, uint64_t seq, struct journal_item *out,
                 struct err *err)
{
    *out = (struct journal_item){0};
    return journal->engine->work(journal->impl, seq, out, err);
}

bool journal_want(struct journal *journal, uint32_t articles)
{
    return journal->engine->want && journal->engine->want(journal->impl, articles);
}

int journal_finish(struct journal *journal, uint64_t seq, struct err *err)
{
    return journal->engine->finish(journal->impl, seq, err);
}

int journal_begin(struct journal *journal, uint64_t seq, struct err *err)
{
    return journal->engine->begin(journal->impl, seq, err);
}

int journal_release(struct journal *journal, uint64_t seq,
                    const struct journal_release *release, struct err *err)
{
    return journal->engine->release(journal->impl, seq, release, err);
}

int journal_bury(struct journal *journal, uint64_t seq,
                 const struct journal_release *release, struct err *err)
{
    return journal->engine->bury(journal->impl, seq, release, err);
}

int journal_revive(struct journal *journal, uint64_t seq, struct err *err)
{
    return journal->engine->revive(journal->impl, seq, err);
}

int journal_purge(struct journal *journal, uint64_t seq, struct err *err)
{
    return journal->engine->purge(journal->impl, seq, err);
}

int journal_dead(struct journal *journal, uint64_t from, struct journal_item *out,
                 struct err *err)
{
    *out = (struct journal_item){0};
    return journal->engine->dead(journal->impl, from, out, err);
}

int journal_read(struct journal *journal, enum journal_stream stream, uint64_t from,
                 struct journal_item *out, struct err *err)
{
    assert(stream < JOURNAL_STREAMS);
    *out = (struct journal_item){0};
    return journal->engine->read(journal->impl, stream, from, out, err);
}

int journal_get(struct journal *journal, enum journal_stream stream, uint64_t seq,
                struct journal_item *out, struct err *err)
{
    assert(stream < JOURNAL_STREAMS);
    *out = (struct journal_item){0};
    return journal->engine->get(journal->impl, stream, seq, out, err);
}

int journal_mark(struct journal *journal, struct str name, uint64_t position,
                 struct err *err)
{
    int rc = check_name(name, "name", err);
    if (rc < 0)
        return rc;
    return journal->engine->mark(journal->impl, name, position, err);
}

int journal_marked(struct journal *journal, struct str name, uint64_t *position_out)
{
    if (check_name(name, "name", NULL) < 0)
        return 0;
    return journal->engine->marked(journal->impl, name, position_out);
}

int journal_keep(struct journal *journal, struct str name, struct str bytes,
                 struct err *err)
{
    if (name.len < 1 || name.len > KEEP_NAME_BYTES || bytes.len > JOURNAL_KEEP_BYTES)
        return err_set(err, ERR_LIMIT, "%zu bytes to keep: %d are allowed", bytes.len,
                       JOURNAL_KEEP_BYTES);
    return journal->engine->keep(journal->impl, name, bytes, err);
}

int journal_kept(struct journal *journal, struct str name, struct str *bytes_out)
{
    *bytes_out = STR_NONE;
    if (name.len < 1 || name.len > KEEP_NAME_BYTES)
        return 0;
    return journal->engine->kept(journal->impl, name, bytes_out);
}

int journal_heard(struct journal *journal, struct str *name_out, struct str *bytes_out)
{
    *name_out = *bytes_out = STR_NONE;
    return journal->engine->heard
               ? journal->engine->heard(journal->impl, name_out, bytes_out)
               : 0;
}

int journal_next_mark(struct journal *journal, struct str after, struct journal_mark *out,
                      struct err *err)
{
    *out = (struct journal_mark){0};
    return journal->engine->next_mark(journal->impl, after, out, err);
}

int journal_forget(struct journal *journal, struct str name, struct err *err)
{
    int rc = check_name(name, "name", err);
    if (rc < 0)
        return rc;
    return journal->engine->forget(journal->impl, name, err);
}

int journal_trim(struct journal *journal, enum journal_stream stream, uint64_t before,
                 struct err *err)
{
    assert(stream < JOURNAL_STREAMS);
    return journal->engine->trim(journal->impl, stream, before, err);
}

int journal_recover(struct journal *journal, struct err *err)
{
    return journal->engine->recover(journal->impl, err);
}

void journal_stats(const struct journal *journal, struct journal_stats *out)
{
    *out = (struct journal_stats){0};
    journal->engine->stats(journal->impl, out);
}

int journal_check(struct journal *journal,
                  void (*report)(void *context, const char *finding), void *context,
                  struct err *err)
{
    return journal->engine->check(journal->impl, report, context, err);
}

int journal_backup(struct journal *journal, const char *file, struct err *err)
{
    if (journal->engine->backup == NULL)
        return err_set(err, ERR_BUILD, "a journal \"%s:\" has no files",
                       journal->engine->scheme);
    return journal->engine->backup(journal->impl, file, err);
}

int journal_restore(const char *uri, const char *file, bool replace, struct err *err)
{
    const struct journal_engine *engine;
    const char *rest;

    int rc = resolve(uri, &engine, &rest, err);
    if (rc < 0)
        return rc;
    if (engine->restore == NULL)
        return err_set(err, ERR_BUILD, "journal \"%s\": has no files", uri);
    return engine->restore(rest, file, replace, err);
}
