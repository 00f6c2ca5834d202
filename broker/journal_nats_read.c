/* Windows of the streams around the positions somebody reads at. A reader pulls from a
 * position on, by a consumer of its own that needs no acknowledgement, and keeps what
 * came last. The first one stays at the end of the facts: it tells how far they go. */

#include "broker/journal_nats.h"

#include "proto/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define PULL_MOST    256
#define PULL_BYTES   (4u << 20)
#define PULL_MS      5000
#define PULL_LOST_MS (PULL_MS + 2000)
#define CREATE_MS    1500
#define STUCK_MS     5000 /* there is more, it was asked for, and nothing comes */
/* A window is not given to another position before it was of use to the last one. */
#define HOLD_MS   50
#define UNUSED_MS 20000

void jet_readers_init(struct jet *jet)
{
    for (int i = 0; i < JET_READERS; i++)
        if (i != JET_READER_STATE)
            jet->reader[i].item = mem_zero(JET_READER_ITEMS, sizeof *jet->reader[i].item);
}

static struct jet_copy *item_at(const struct jet_reader *reader, size_t n)
{
    return &reader->item[(reader->head + n) % JET_READER_ITEMS];
}

static void drop_first(struct jet_reader *reader)
{
    struct jet_copy *first = item_at(reader, 0);
    reader->bytes -= first->len;
    reader->cover = first->seq + 1;
    mem_free(first->data);
    *first = (struct jet_copy){0};
    reader->head = (reader->head + 1) % JET_READER_ITEMS;
    reader->count--;
}

static void empty(struct jet_reader *reader)
{
    while (reader->count > 0)
        drop_first(reader);
}

void jet_readers_fini(struct jet *jet)
{
    for (int i = 0; i < JET_READERS; i++) {
        if (jet->reader[i].item)
            empty(&jet->reader[i]);
        mem_free(jet->reader[i].item);
    }
}

/* ---- consumers ---- */

static void forget(struct jet *jet, struct jet_reader *reader)
{
    char subject[JET_NAME_BYTES * 2 + 40], name[JET_NAME_BYTES];
    if (*reader->consumer == '\0')
        return;
    jet_stream_name(&jet->place, reader->stream, name);
    snprintf(subject, sizeof subject, "$JS.API.CONSUMER.DELETE.%s.%s", name,
             reader->consumer);
    jet_say(jet, subject, STR(""));
    *reader->consumer = '\0';
}

static void create(struct jet *jet, struct jet_reader *reader)
{
    char token[JET_TOKEN_BYTES], name[JET_NAME_BYTES];
    forget(jet, reader);
    reader->life++;
    reader->creating = true;
    reader->asked = 0;
    reader->consumer_seq = 0;
    reader->asked_ms = reader->moved_ms = jet->now_ms;
    snprintf(token, sizeof token, "n%d.%u", (int)(reader - jet->reader), reader->life);
    jet_stream_name(&jet->place, reader->stream, name);
    buf_clear(&jet->text);
    jet_write_reader(&jet->place, reader->stream, reader->next, &jet->text);
    jet_ask(jet, token, buf_str(&jet->text), "CONSUMER.CREATE.%s", name);
}

void jet_reader_start(struct jet *jet, struct jet_reader *reader, enum jet_stream stream,
                      uint64_t from)
{
    if (reader->item)
        empty(reader);
    forget(jet, reader);
    reader->stream = stream;
    reader->used = true;
    reader->cover = reader->next = reader->want = from ? from : 1;
    reader->started_ms = reader->used_ms = jet->now_ms;
    create(jet, reader);
}

static bool is_alive(const struct jet *jet, const struct jet_reader *reader)
{
    int i = (int)(reader - jet->reader);
    return i < JET_READER_FIRST || reader->count == 0 ||
           item_at(reader, reader->count - 1)->seq < reader->want + JET_READER_ITEMS / 2;
}

static void pull(struct jet *jet, struct jet_reader *reader)
{
    char token[JET_TOKEN_BYTES], name[JET_NAME_BYTES];
    size_t mean = reader->count ? reader->bytes / reader->count + 1 : 16384;
    size_t fit = PULL_BYTES / mean;
    unsigned n = fit < 1 ? 1 : fit > PULL_MOST ? PULL_MOST : (unsigned)fit;
    if (reader->asked > n / 2 || !is_alive(jet, reader))
        return;
    snprintf(token, sizeof token, "r%d.%u", (int)(reader - jet->reader), reader->life);
    jet_stream_name(&jet->place, reader->stream, name);
    buf_clear(&jet->text);
    jet_write_pull(n, 0, PULL_MS, &jet->text);
    jet_ask(jet, token, buf_str(&jet->text), "CONSUMER.MSG.NEXT.%s.%s", name,
            reader->consumer);
    reader->asked += n;
    reader->asked_ms = jet->now_ms;
}

/* After restarts, a 2.9 server may answer every pull of a reader with "nothing there". Of
 * STATE one cannot tell: its last messages may be gone. */
static bool is_stuck(const struct jet *jet, const struct jet_reader *reader)
{
    const struct jet_stream_state *stream = &jet->stream[reader->stream];
    uint64_t next = reader->next > stream->first ? reader->next : stream->first;
    return reader->stream != JET_STATE && reader->asked && next <= stream->last &&
           jet->now_ms - reader->moved_ms > STUCK_MS;
}

static void tick(struct jet *jet, struct jet_reader *reader)
{
    uint64_t waited = jet->now_ms - reader->asked_ms;
    if (reader >= &jet->reader[JET_READER_FIRST] &&
        jet->now_ms - reader->used_ms > UNUSED_MS) {
        empty(reader);
        forget(jet, reader);
        reader->used = false;
        return;
    }
    if (reader->creating
            ? waited > CREATE_MS
            : (reader->asked && waited > PULL_LOST_MS) || is_stuck(jet, reader))
        create(jet, reader);
    else if (!reader->creating && *reader->consumer)
        pull(jet, reader);
}

void jet_readers_tick(struct jet *jet)
{
    if (jet->step < JET_STEP_LOAD)
        return;
    for (int i = 0; i < JET_READERS; i++)
        if (jet->reader[i].used)
            tick(jet, &jet->reader[i]);
}

/* What was under way may be lost, and the consumers with it. */
void jet_readers_reconnected(struct jet *jet)
{
    for (int i = 0; i < JET_READERS; i++)
        if (jet->reader[i].used)
            create(jet, &jet->reader[i]);
}

static struct jet_reader *of_token(struct jet *jet, struct str token)
{
    struct str rest = str_from(token, 1), at;
    uint64_t i, life;
    if (str_split(&rest, '.', &at) != 1 || !str_to_u64(at, &i) || rest.ptr == NULL ||
        !str_to_u64(rest, &life) || i >= JET_READERS)
        return NULL;
    struct jet_reader *reader = &jet->reader[i];
    return reader->used && reader->life == life ? reader : NULL;
}

void jet_readers_answer(struct jet *jet, const struct jet_message *message)
{
    struct jet_consumer_state consumer;
    struct jet_error error;
    struct jet_reader *reader = of_token(jet, message->token);
    if (reader == NULL)
        return;
    if (message->token.ptr[0] == 'r') {
        /* 408 the time is over, 404 nothing there; else the consumer is gone. */
        if (message->status == 408 || message->status == 404)
            reader->asked -= message->pending && message->pending < reader->asked
                                 ? message->pending
                                 : reader->asked;
        else if (message->status == 503 || message->status == 409)
            reader->asked_ms = 0;
        return;
    }
    if (message->status || jet_read_consumer(message->data, &consumer, &error) < 0 ||
        error.code)
        return; /* created again when its time is over */
    memcpy(reader->consumer, consumer.name, sizeof reader->consumer);
    reader->creating = false;
    pull(jet, reader);
}

/* ---- what comes ---- */

static void keep(struct jet *jet, struct jet_reader *reader,
                 const struct jet_message *message, uint64_t seq)
{
    struct jet_entry entry;
    bool head = reader == &jet->reader[JET_READER_HEAD];
    while (reader->count == JET_READER_ITEMS ||
           (reader->count > 0 && reader->bytes + message->data.len > JET_READER_BYTES &&
            (head || item_at(reader, 0)->seq < reader->want)))
        drop_first(reader);
    struct jet_copy *copy = item_at(reader, reader->count++);
    *copy = (struct jet_copy){.seq = seq,
                              .data = mem_copy(message->data.ptr, message->data.len),
                              .len = message->data.len};
    reader->bytes += copy->len;
    if (jet_read_entry(message->data, &entry) < 0)
        copy->error = ERR_CORRUPT;
}

bool jet_readers_arrived(struct jet *jet, const struct jet_message *message,
                         const struct jet_delivery *delivery)
{
    struct jet_reader *reader = NULL;
    for (int i = 0; i < JET_READERS && reader == NULL; i++)
        if (jet->reader[i].used && *jet->reader[i].consumer &&
            str_is(delivery->consumer, jet->reader[i].consumer))
            reader = &jet->reader[i];
    if (reader == NULL)
        return false;
    if (delivery->consumer_seq != reader->consumer_seq + 1 ||
        delivery->seq < reader->next) {
        create(jet, reader); /* something was lost on the way */
        return true;
    }
    reader->consumer_seq++;
    reader->moved_ms = jet->now_ms;
    reader->asked -= reader->asked > 0;
    reader->next = delivery->seq + 1;
    if (reader->item)
        keep(jet, reader, message, delivery->seq);
    else
        jet_states_arrived(jet, message, delivery);
    return true;
}

/* ---- reading ---- */

uint64_t jet_last(const struct jet *jet, enum journal_stream stream)
{
    return stream == JOURNAL_ARTICLES ? jet->stream[JET_ARTICLES].last
                                      : jet->reader[JET_READER_HEAD].next - 1;
}

/* First item with seq >= from, if this window has it: 1; 0 it will not (nothing there up
 * to where the window ends); negative: it may, later, or never. */
static int search(struct jet_reader *reader, uint64_t from, struct jet_copy **out)
{
    size_t low = 0, high = reader->count;
    if (from < reader->cover)
        return ERR_NOTFOUND;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (item_at(reader, mid)->seq < from)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == reader->count)
        return from > reader->next + JET_READER_ITEMS ? ERR_NOTFOUND : ERR_FULL;
    *out = item_at(reader, low);
    return 1;
}

static struct jet_reader *least_used(struct jet *jet)
{
    struct jet_reader *best = NULL;
    for (int i = JET_READER_FIRST; i < JET_READERS; i++) {
        struct jet_reader *reader = &jet->reader[i];
        if (!reader->used)
            return reader;
        if (jet->now_ms - reader->started_ms >= HOLD_MS &&
            (best == NULL || reader->used_ms < best->used_ms))
            best = reader;
    }
    return best;
}

static int fill(const struct jet_copy *copy, struct journal_item *out, struct err *err)
{
    struct jet_entry entry;
    *out = (struct journal_item){.seq = copy->seq};
    if (copy->error || jet_read_entry(str_make(copy->data, copy->len), &entry) < 0)
        return err_set(err, ERR_CORRUPT, "journal nats: %llu is damaged",
                       (unsigned long long)copy->seq);
    out->id = entry.id;
    out->bytes = entry.bytes;
    out->stored_ms = entry.stored_ms;
    return 1;
}

int jet_read(void *impl, enum journal_stream stream, uint64_t from,
             struct journal_item *out, struct err *err)
{
    struct jet *jet = impl;
    enum jet_stream of = stream == JOURNAL_FACTS ? JET_FACTS : JET_ARTICLES;
    struct jet_copy *copy;
    if (from < jet->stream[of].first)
        from = jet->stream[of].first;
    if (from == 0)
        from = 1;
    if (from > jet_last(jet, stream))
        return 0;
    for (int i = 0; i < JET_READERS; i++) {
        struct jet_reader *reader = &jet->reader[i];
        if (!reader->used || reader->stream != of || reader->item == NULL)
            continue;
        int rc = search(reader, from, &copy);
        if (rc == ERR_NOTFOUND)
            continue;
        reader->used_ms = jet->now_ms;
        if (from > reader->want)
            reader->want = from;
        if (rc == 1)
            return fill(copy, out, err);
        return err_set(err, ERR_FULL, "journal nats: %llu is on its way",
                       (unsigned long long)from);
    }
    struct jet_reader *reader = least_used(jet);
    if (reader && jet->step == JET_STEP_READY)
        jet_reader_start(jet, reader, of, from);
    return err_set(err, ERR_FULL, "journal nats: %llu is on its way",
                   (unsigned long long)from);
}

int jet_get(void *impl, enum journal_stream stream, uint64_t seq,
            struct journal_item *out, struct err *err)
{
    int rc = jet_read(impl, stream, seq, out, err);
    return rc == 1 && out->seq != seq ? 0 : rc;
}
