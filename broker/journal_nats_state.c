/* A copy of the stream STATE: marks, what the broker keeps, dead letters. Every broker
 * writes what it changes and hears what the others change. */

#include "broker/journal_nats.h"

#include "proto/base/clock.h"
#include "proto/base/mem.h"

#include <stdio.h>

/* What says that something is gone has been heard by everyone after so long. */
#define GONE_MS (3600 * 1000ull)

void jet_states_init(struct jet *jet)
{
    jet->states.by_name = map_new();
}

static void clear(struct jet_copied *c)
{
    mem_free(c->name);
    buf_fini(&c->bytes);
    buf_fini(&c->id);
    buf_fini(&c->note);
    *c = (struct jet_copied){0};
}

void jet_states_fini(struct jet *jet)
{
    for (size_t i = 0; i < jet->states.count; i++)
        clear(&jet->states.item[i]);
    mem_free(jet->states.item);
    map_free(&jet->states.by_name);
    seqs_fini(&jet->states.free);
    seqs_fini(&jet->states.dirty);
    seqs_fini(&jet->states.heard);
    buf_fini(&jet->states.scratch);
}

/* ---- the table ---- */

static struct str key_of(struct jet_states *states, char kind, struct str name)
{
    buf_clear(&states->scratch);
    buf_add_char(&states->scratch, kind);
    buf_add_str(&states->scratch, name);
    return buf_str(&states->scratch);
}

static struct jet_copied *find(struct jet *jet, char kind, struct str name)
{
    uint64_t at;
    struct jet_states *states = &jet->states;
    return map_get(states->by_name, key_of(states, kind, name), &at) ? &states->item[at]
                                                                     : NULL;
}

static struct jet_copied *find_dead(struct jet *jet, uint64_t seq)
{
    char name[24];
    snprintf(name, sizeof name, "%llu", (unsigned long long)seq);
    return find(jet, JET_DEAD, str_of(name));
}

static void count(struct jet_states *states, const struct jet_copied *c, int by)
{
    if (c->gone)
        return;
    states->marks += c->kind == JET_MARK ? (uint64_t)by : 0;
    states->dead += c->kind == JET_DEAD ? (uint64_t)by : 0;
}

static struct jet_copied *make(struct jet *jet, char kind, struct str name)
{
    struct jet_states *states = &jet->states;
    uint64_t at;
    if (!seqs_pop(&states->free, &at)) {
        if (states->count == states->cap) {
            states->cap = states->cap ? states->cap * 2 : 64;
            states->item = mem_grow(states->item, states->cap, sizeof *states->item);
        }
        at = states->count++;
    }
    struct jet_copied *c = &states->item[at];
    *c = (struct jet_copied){.kind = kind,
                             .name = mem_copy(name.ptr, name.len),
                             .name_len = name.len,
                             .gone = true};
    map_put(states->by_name, key_of(states, kind, name), at);
    return c;
}

static void forget_bytes(struct jet_states *states, struct jet_copied *c)
{
    states->dead_bytes -= c->kind == JET_DEAD ? c->bytes.len : 0;
    buf_fini(&c->bytes);
    c->at_hand = false;
}

static void remove_copy(struct jet *jet, struct jet_copied *c)
{
    count(&jet->states, c, -1);
    forget_bytes(&jet->states, c);
    map_del(jet->states.by_name,
            key_of(&jet->states, c->kind, str_make(c->name, c->name_len)));
    clear(c);
    seqs_push(&jet->states.free, (uint64_t)(c - jet->states.item));
}

static void set_gone(struct jet *jet, struct jet_copied *c, bool gone)
{
    count(&jet->states, c, -1);
    c->gone = gone;
    count(&jet->states, c, 1);
}

static void set_bytes(struct jet_states *states, struct jet_copied *c, struct str bytes)
{
    forget_bytes(states, c);
    if (c->kind == JET_DEAD && states->dead_bytes + bytes.len > JET_DEAD_BYTES &&
        !c->dirty)
        return;
    buf_add_str(&c->bytes, bytes);
    states->dead_bytes += c->kind == JET_DEAD ? bytes.len : 0;
    c->at_hand = true;
}

static void set_text(struct buf *buf, struct str text)
{
    buf_clear(buf);
    buf_add_str(buf, text);
}

static void change(struct jet *jet, struct jet_copied *c)
{
    if (!c->dirty)
        seqs_push(&jet->states.dirty, (uint64_t)(c - jet->states.item));
    c->dirty = true;
}

/* ---- from and to the stream ---- */

static void copy(struct jet *jet, struct jet_copied *c, const struct jet_entry *entry)
{
    set_gone(jet, c, entry->gone);
    c->position = entry->seq;
    c->ms = entry->stored_ms;
    c->deaths = entry->deaths;
    c->failures = entry->failures;
    set_text(&c->id, entry->id);
    set_text(&c->note, entry->note);
    set_bytes(&jet->states, c, entry->bytes);
}

void jet_states_arrived(struct jet *jet, const struct jet_message *message,
                        const struct jet_delivery *delivery)
{
    struct jet_entry entry;
    char digits[24], kind = jet_state_kind(message->subject);
    if ((kind != JET_DEAD && kind != JET_KEPT && kind != JET_MARK) ||
        jet_read_entry(message->data, &entry) < 0)
        return;
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)entry.seq);
    struct str name = kind == JET_DEAD ? str_of(digits) : entry.id;
    struct jet_copied *c = find(jet, kind, name);
    if (c == NULL && entry.gone) {
        if (clock_wall_ms() > entry.stored_ms + GONE_MS)
            jet_drop(jet, JET_STATE, delivery->seq);
        return;
    }
    if (c == NULL)
        c = make(jet, kind, name);
    if (c->dirty || c->unsaid || delivery->seq <= c->seq)
        return;
    c->seq = delivery->seq;
    if (entry.gone) {
        remove_copy(jet, c);
        return;
    }
    copy(jet, c, &entry);
    if (kind == JET_KEPT && !c->heard) {
        c->heard = true;
        seqs_push(&jet->states.heard, (uint64_t)(c - jet->states.item));
    }
}

static void write_copy(const struct jet_copied *c, struct buf *out)
{
    bool named = c->kind != JET_DEAD;
    const struct jet_entry entry = {
        .id = named ? str_make(c->name, c->name_len) : buf_str(&c->id),
        .note = buf_str(&c->note),
        .bytes = c->gone ? STR("") : buf_str(&c->bytes),
        .stored_ms = c->gone ? clock_wall_ms() : c->ms,
        .deaths = c->deaths,
        .failures = c->failures,
        .seq = c->position,
        .gone = c->gone,
    };
    jet_write_entry(&entry, out);
}

/* One at a time of each: its changes meanwhile go with the next. */
static bool say(struct jet *jet, struct jet_copied *c, bool now)
{
    struct jet_pub *pub;
    if (jet_pub_new(jet, JET_PUB_STATE, &pub, NULL) < 0)
        return false;
    jet_state_subject(&jet->place, (enum jet_state)c->kind,
                      str_make(c->name, c->name_len), pub->subject);
    pub->seq = c->position;
    pub->copied = (size_t)(c - jet->states.item);
    write_copy(c, &pub->data);
    if (now)
        jet_pub_now(jet, pub);
    else
        jet_pub_hold(jet, pub);
    c->dirty = false;
    c->unsaid++;
    return true;
}

void jet_states_flush(struct jet *jet)
{
    struct jet_states *states = &jet->states;
    uint64_t at;
    for (size_t n = states->dirty.count - states->dirty.head;
         n > 0 && seqs_pop(&states->dirty, &at); n--) {
        struct jet_copied *c = &states->item[at];
        if (c->kind && c->dirty && c->unsaid == 0 && !say(jet, c, false))
            seqs_push(&states->dirty, at);
    }
}

void jet_states_stored(struct jet *jet, const struct jet_pub *pub, uint64_t seq)
{
    struct jet_states *states = &jet->states;
    struct jet_copied *c = &states->item[pub->copied];
    bool revive = pub->kind == JET_PUB_REVIVE;
    c->unsaid -= c->unsaid > 0;
    if (seq == 0 && revive)
        set_gone(jet, c, false); /* it stays dead */
    else if (seq == 0)
        change(jet, c);
    if (seq == 0)
        return;
    if (!revive && seq > c->seq)
        c->seq = seq;
    if (!revive && c->kind == JET_DEAD)
        jet_work_buried(jet, c->position);
    if (revive || c->dirty) {
        c->dirty = true;
        if (!say(jet, c, true))
            seqs_push(&states->dirty, pub->copied);
    } else if (c->gone) {
        remove_copy(jet, c);
    } else if (c->kind == JET_DEAD && states->dead_bytes > JET_DEAD_BYTES) {
        forget_bytes(states, c);
    }
}

/* ---- dead letters ---- */

bool jet_states_is_dead(struct jet *jet, uint64_t seq)
{
    const struct jet_copied *c = find_dead(jet, seq);
    return c && !c->gone;
}

void jet_states_bury(struct jet *jet, const struct jet_hand *hand)
{
    char name[24];
    snprintf(name, sizeof name, "%llu", (unsigned long long)hand->seq);
    struct jet_copied *c = find_dead(jet, hand->seq);
    if (c == NULL)
        c = make(jet, JET_DEAD, str_of(name));
    const struct jet_entry entry = {.id = hand->entry.id,
                                    .note = buf_str(&hand->note),
                                    .bytes = hand->entry.bytes,
                                    .stored_ms = hand->entry.stored_ms,
                                    .deaths = hand->deaths,
                                    .failures = hand->failures,
                                    .seq = hand->seq};
    change(jet, c);
    copy(jet, c, &entry);
}

int jet_put_aside(void *impl, uint64_t seq, const struct journal_item *item,
                  struct err *err)
{
    struct jet *jet = impl;
    char name[24];
    int rc = jet_may_change(jet, err);
    if (rc == 0 && jet_states_is_dead(jet, seq))
        rc = err_set(err, ERR_NOTFOUND, "article %llu is a dead letter already",
                     (unsigned long long)seq);
    if (rc < 0)
        return rc;
    snprintf(name, sizeof name, "%llu", (unsigned long long)seq);
    struct jet_copied *c = make(jet, JET_DEAD, str_of(name));
    const struct jet_entry entry = {.id = item->id,
                                    .note = item->note,
                                    .bytes = item->bytes,
                                    .stored_ms = item->stored_ms,
                                    .deaths = item->deaths,
                                    .failures = item->failures,
                                    .seq = seq};
    change(jet, c);
    copy(jet, c, &entry);
    jet->work.unfinished -= jet->work.unfinished > 0;
    return 0;
}

static int fetch(struct jet *jet, const struct jet_copied *c, struct err *err)
{
    char token[JET_TOKEN_BYTES], name[JET_NAME_BYTES];
    snprintf(token, sizeof token, "f%llu", (unsigned long long)c->position);
    jet_stream_name(&jet->place, JET_STATE, name);
    buf_clear(&jet->text);
    buf_printf(&jet->text, "{\"seq\":%llu}", (unsigned long long)c->seq);
    jet_ask(jet, token, buf_str(&jet->text), "STREAM.MSG.GET.%s", name);
    return err_set(err, ERR_FULL,
                   "dead letter %llu is being fetched from the cluster: ask again",
                   (unsigned long long)c->position);
}

void jet_states_answer(struct jet *jet, const struct jet_message *message)
{
    struct jet_error error;
    struct jet_entry entry;
    uint64_t position, seq;
    if (message->status || !str_to_u64(str_from(message->token, 1), &position) ||
        jet_read_message(message->data, &seq, &jet->scratch, &error) < 0 || error.code ||
        jet_read_entry(buf_str(&jet->scratch), &entry) < 0)
        return;
    struct jet_copied *c = find_dead(jet, position);
    if (c == NULL || c->gone || c->at_hand || entry.seq != position)
        return;
    /* Room for it, whatever else is at hand. */
    for (size_t i = 0; i < jet->states.count; i++)
        if (jet->states.dead_bytes + entry.bytes.len > JET_DEAD_BYTES &&
            jet->states.item[i].kind == JET_DEAD && !jet->states.item[i].dirty)
            forget_bytes(&jet->states, &jet->states.item[i]);
    set_bytes(&jet->states, c, entry.bytes);
}

static int dead_at(struct jet *jet, uint64_t seq, struct jet_copied **out,
                   struct err *err)
{
    int rc = jet_may_change(jet, err);
    if (rc < 0)
        return rc;
    *out = find_dead(jet, seq);
    if (*out == NULL || (*out)->gone)
        return err_set(err, ERR_NOTFOUND, "article %llu is no dead letter",
                       (unsigned long long)seq);
    return 0;
}

int jet_revive(void *impl, uint64_t seq, struct err *err)
{
    struct jet *jet = impl;
    struct jet_copied *c;
    struct jet_pub *pub;
    int rc = dead_at(jet, seq, &c, err);
    if (rc == 0 && !c->at_hand)
        rc = fetch(jet, c, err);
    if (rc == 0)
        rc = jet_pub_new(jet, JET_PUB_REVIVE, &pub, err);
    if (rc < 0)
        return rc;
    jet_entry_subject(&jet->place, JET_ARTICLES, buf_str(&c->id), pub->subject);
    snprintf(pub->msg_id, sizeof pub->msg_id, "revive-%llu-%llu", (unsigned long long)seq,
             (unsigned long long)c->seq);
    pub->seq = seq;
    pub->copied = (size_t)(c - jet->states.item);
    const struct jet_entry entry = {.id = buf_str(&c->id),
                                    .note = buf_str(&c->note),
                                    .bytes = buf_str(&c->bytes),
                                    .stored_ms = c->ms};
    jet_write_entry(&entry, &pub->data);
    jet_pub_hold(jet, pub);
    c->unsaid++;
    set_gone(jet, c, true);
    jet->work.unfinished++;
    return 0;
}

int jet_purge(void *impl, uint64_t seq, struct err *err)
{
    struct jet_copied *c;
    int rc = dead_at(impl, seq, &c, err);
    if (rc < 0)
        return rc;
    set_gone(impl, c, true);
    change(impl, c);
    return 0;
}

int jet_dead(void *impl, uint64_t from, struct journal_item *out, struct err *err)
{
    struct jet *jet = impl;
    const struct jet_copied *best = NULL;
    for (size_t i = 0; i < jet->states.count; i++) {
        const struct jet_copied *c = &jet->states.item[i];
        if (c->kind == JET_DEAD && !c->gone && c->position >= from &&
            (best == NULL || c->position < best->position))
            best = c;
    }
    if (best == NULL)
        return 0;
    if (!best->at_hand)
        return fetch(jet, best, err);
    *out = (struct journal_item){.seq = best->position,
                                 .id = buf_str(&best->id),
                                 .bytes = buf_str(&best->bytes),
                                 .stored_ms = best->ms,
                                 .deaths = best->deaths,
                                 .failures = best->failures,
                                 .note = buf_str(&best->note)};
    return 1;
}

/* ---- marks, and what is kept ---- */

int jet_mark(void *impl, struct str name, uint64_t position, struct err *err)
{
    struct jet *jet = impl;
    int rc = jet_may_change(jet, err);
    if (rc < 0)
        return rc;
    struct jet_copied *c = find(jet, JET_MARK, name);
    if ((c == NULL || c->gone) && jet->states.marks >= JOURNAL_MARKS)
        return err_set(err, ERR_LIMIT, "there are %d named consumers already",
                       JOURNAL_MARKS);
    if (c == NULL)
        c = make(jet, JET_MARK, name);
    set_gone(jet, c, false);
    c->position = position;
    c->ms = clock_wall_ms();
    change(jet, c);
    return 0;
}

int jet_marked(void *impl, struct str name, uint64_t *position_out)
{
    const struct jet_copied *c = find(impl, JET_MARK, name);
    if (c == NULL || c->gone)
        return 0;
    *position_out = c->position;
    return 1;
}

int jet_next_mark(void *impl, struct str after, struct journal_mark *out, struct err *err)
{
    struct jet *jet = impl;
    (void)err;
    *out = (struct journal_mark){0};
    for (size_t i = 0; i < jet->states.count; i++) {
        const struct jet_copied *c = &jet->states.item[i];
        struct str name = str_make(c->name, c->name_len);
        if (c->kind == JET_MARK && !c->gone && str_cmp(name, after) > 0 &&
            (out->name.ptr == NULL || str_cmp(name, out->name) < 0))
            *out = (struct journal_mark){name, c->position, c->ms};
    }
    return out->name.ptr ? 1 : 0;
}

int jet_forget(void *impl, struct str name, struct err *err)
{
    struct jet *jet = impl;
    int rc = jet_may_change(jet, err);
    if (rc < 0)
        return rc;
    struct jet_copied *c = find(jet, JET_MARK, name);
    if (c == NULL || c->gone)
        return err_set(err, ERR_NOTFOUND, "nothing is confirmed under this name");
    set_gone(jet, c, true);
    change(jet, c);
    return 0;
}

int jet_keep(void *impl, struct str name, struct str bytes, struct err *err)
{
    struct jet *jet = impl;
    int rc = jet_may_change(jet, err);
    if (rc < 0)
        return rc;
    struct jet_copied *c = find(jet, JET_KEPT, name);
    if (c == NULL)
        c = make(jet, JET_KEPT, name);
    set_gone(jet, c, false);
    set_bytes(&jet->states, c, bytes);
    change(jet, c);
    return 0;
}

int jet_kept(void *impl, struct str name, struct str *bytes_out)
{
    const struct jet_copied *c = find(impl, JET_KEPT, name);
    if (c == NULL || c->gone)
        return 0;
    *bytes_out = buf_str(&c->bytes);
    return 1;
}

int jet_heard(void *impl, struct str *name_out, struct str *bytes_out)
{
    struct jet_states *states = &((struct jet *)impl)->states;
    uint64_t at;
    while (seqs_pop(&states->heard, &at)) {
        struct jet_copied *c = &states->item[at];
        if (!c->heard) /* it went, and its place may be another's now */
            continue;
        c->heard = false;
        *name_out = str_make(c->name, c->name_len);
        *bytes_out = buf_str(&c->bytes);
        return 1;
    }
    return 0;
}
