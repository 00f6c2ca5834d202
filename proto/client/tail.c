#include "proto/client/tail.h"

#include "proto/base/clock.h"
#include "proto/base/mem.h"
#include "proto/client/link.h"
#include "proto/wire/scan.h"

#include <msgpack.h>

#define CREDIT_DEFAULT 256
/* Until the broker's HELLO says otherwise. */
#define DEAD_MS     3000
#define ARENA_BYTES (1u << 20)

struct tail {
    struct link link;
    struct arena arena; /* what FROM says */
    struct message_from from;
    uint64_t start;    /* tail_options.from */
    bool hello;        /* this FROM has been answered */
    bool has_position; /* expected is known */
    uint64_t expected; /* what has been given out ends before it */
    uint64_t dead_ms;
    uint32_t credit;
    uint32_t used; /* entries given out since the last CREDIT */
    struct frames in;
    int at;        /* the next entry frame of a FACT; in.count where there is none */
    uint64_t next; /* of that FACT */
};

static int add_bytes(void *buf, const char *bytes, size_t len)
{
    buf_add(buf, bytes, len);
    return 0;
}

static void pack_from(const struct tail *tail, struct buf *buf)
{
    msgpack_packer packer;
    uint64_t start = tail->has_position ? tail->expected : tail->start;
    const char *word = start == TAIL_FIRST  ? "first"
                       : start == TAIL_NEW  ? "new"
                       : start == TAIL_MARK ? "mark"
                                            : NULL;
    msgpack_packer_init(&packer, buf, add_bytes);
    if (word) {
        msgpack_pack_str(&packer, strlen(word));
        msgpack_pack_str_body(&packer, word, strlen(word));
    } else {
        msgpack_pack_uint64(&packer, start);
    }
}

static int begin(struct tail *tail, struct err *err)
{
    struct buf raw = {0};
    pack_from(tail, &raw);
    tail->from.from_raw = buf_str(&raw);
    tail->hello = false;
    tail->used = 0;
    tail->at = tail->in.count;
    int rc = link_say(&tail->link, MESSAGE_FROM, &message_from_table, &tail->from, err);
    tail->from.from_raw = STR_NONE;
    buf_fini(&raw);
    return rc < 0 ? rc : 0;
}

static int begin_again(struct tail *tail, struct err *err)
{
    int rc = link_again(&tail->link, err);
    return rc < 0 ? rc : begin(tail, err);
}

static int copy_filter(struct arena *arena, const char *const *words,
                       struct record_strs *out, struct err *err)
{
    for (size_t i = 0; words && words[i]; i++) {
        if (i == LIMIT_FILTER)
            return err_set(err, ERR_USAGE, "more than %d values in a filter",
                           LIMIT_FILTER);
        *ARENA_PUSH(arena, out) = arena_str(arena, str_of(words[i]));
    }
    return 0;
}

static int fill_from(struct tail *tail, const struct tail_options *options,
                     struct err *err)
{
    struct message_from *from = &tail->from;
    int rc;
    record_init(&message_from_table, from);
    from->v = MESSAGE_VERSION;
    from->credit = tail->credit;
    if (options->name)
        from->name = arena_str(&tail->arena, str_of(options->name));
    if ((rc = copy_filter(&tail->arena, options->kinds, &from->kinds, err)) < 0 ||
        (rc = copy_filter(&tail->arena, options->countries, &from->countries, err)) < 0 ||
        (rc = copy_filter(&tail->arena, options->languages, &from->languages, err)) < 0 ||
        (rc = copy_filter(&tail->arena, options->sources, &from->sources, err)) < 0)
        return rc;
    return 0;
}

int tail_open(const struct tail_options *options, struct tail **tail_out, struct err *err)
{
    struct tail *tail = mem_zero(1, sizeof *tail);
    tail->credit = options->credit ? options->credit : CREDIT_DEFAULT;
    tail->start = options->from;
    tail->dead_ms = DEAD_MS;
    frames_init(&tail->in);
    arena_init(&tail->arena, ARENA_BYTES);
    int rc = fill_from(tail, options, err);
    if (rc == 0)
        rc = link_open(&tail->link, options->base, &options->identity, FRAME_TAIL, err);
    if (rc == 0)
        rc = begin(tail, err);
    if (rc < 0)
        tail_close(&tail);
    else
        *tail_out = tail;
    return rc;
}

void tail_close(struct tail **tail_in)
{
    struct tail *tail = *tail_in;
    if (tail == NULL)
        return;
    if (tail->link.socket && tail->hello)
        link_say(&tail->link, MESSAGE_BYE, NULL, NULL, NULL);
    frames_clear(&tail->in);
    arena_fini(&tail->arena);
    link_close(&tail->link, tail->hello);
    mem_free(tail);
    *tail_in = NULL;
}

static int upkeep(struct tail *tail, struct err *err)
{
    uint64_t now_ms = clock_now_ms();
    int rc = 0;
    if (tail->link.parted)
        return begin_again(tail, err);
    if (now_ms - tail->link.heard_ms >= tail->dead_ms) {
        if (!link_has_message(&tail->link))
            return begin_again(tail, err);
        tail->link.heard_ms = now_ms; /* we were the busy ones: it is still to be read */
    }
    if (tail->hello && now_ms - tail->link.sent_ms >= tail->dead_ms / 3)
        rc = link_say(&tail->link, MESSAGE_BEAT, NULL, NULL, err);
    return rc < 0 ? rc : 0;
}

/* Give credit back: half of it at once, and all before waiting. */
static int give_credit(struct tail *tail, bool idle, struct err *err)
{
    struct message_credit head = {tail->used, link_broker(&tail->link)};
    if (!tail->hello || tail->used == 0 || (!idle && tail->used < (tail->credit + 1) / 2))
        return 0;
    int rc = link_say(&tail->link, MESSAGE_CREDIT, &message_credit_table, &head, err);
    if (rc > 0)
        tail->used = 0;
    return rc < 0 ? rc : 0;
}

/* Go on to a position, never back. */
static void move(struct tail *tail, uint64_t next)
{
    if (!tail->has_position || next > tail->expected)
        tail->expected = next;
    tail->has_position = true;
}

/* "seq" of an entry's first record; 0 where it has none; negative: no entry. */
static int entry_seq(struct str entry, uint64_t *seq_out, struct err *err)
{
    const struct scan_limits limits = {LIMIT_DEPTH, LIMIT_OBJECTS};
    struct scan_value list, record, seq;
    int rc = scan_check(entry, &limits, err);
    *seq_out = 0;
    if (rc < 0)
        return err_prefix(err, "entry"), rc;
    struct scan scan = scan_begin(entry);
    scan_next(&scan, &list);
    if (list.type != SCAN_ARRAY)
        return err_set(err, ERR_FORMAT, "entry is not an array");
    scan = scan_inside(&list);
    if (scan_next(&scan, &record) && record.type == SCAN_MAP &&
        scan_find(&record, STR("seq"), &seq) && seq.type == SCAN_UINT)
        *seq_out = seq.as.natural;
    return 0;
}

/* The next entry of the FACT in hand: 1, or 0 where all are given out. */
static int next_entry(struct tail *tail, struct tail_item *out, struct err *err)
{
    while (tail->at < tail->in.count) {
        struct str entry = frames_get(&tail->in, tail->at++);
        bool last = tail->at == tail->in.count;
        uint64_t seq;
        int rc = entry_seq(entry, &seq, err);
        if (rc < 0)
            return rc;
        tail->used++;
        if (seq && tail->has_position && seq < tail->expected) {
            if (last)
                move(tail, tail->next);
            continue; /* seen before the broker was started again */
        }
        if (last || seq)
            move(tail, last ? tail->next : seq + 1);
        *out = (struct tail_item){
            .what = TAIL_ENTRY, .entry = entry, .next = tail->expected};
        return 1;
    }
    return 0;
}

static int handle_hello(struct tail *tail, struct err *err)
{
    struct message_hello hello;
    int rc = link_head(&tail->link, &tail->in, &message_hello_table, &hello, err);
    if (rc < 0)
        return rc;
    tail->hello = true;
    link_greeted(&tail->link, hello.broker);
    if (hello.dead_ms != UINT64_MAX && hello.dead_ms > 0)
        tail->dead_ms = hello.dead_ms;
    /* From here on "new" means: after what there was when we asked first. */
    if (!tail->has_position && tail->start == TAIL_NEW && hello.last != UINT64_MAX)
        move(tail, hello.last + 1);
    return 0;
}

/* FACT and LIVE. */
static int handle_position(struct tail *tail, bool live, struct tail_item *out,
                           struct err *err)
{
    struct message_next head;
    int rc = link_head(&tail->link, &tail->in, &message_next_table, &head, err);
    if (rc < 0)
        return err_prefix(err, live ? "LIVE" : "FACT"), rc;
    if (link_is_foreign(&tail->link, head.broker))
        return 0;
    tail->next = head.next;
    if (!live && tail->in.count > 2) {
        tail->at = 2;
        return 0;
    }
    bool moved = !tail->has_position || head.next > tail->expected;
    move(tail, head.next);
    *out =
        (struct tail_item){.what = live ? TAIL_LIVE : TAIL_MOVED, .next = tail->expected};
    return live || moved;
}

static int handle_gap(struct tail *tail, struct tail_item *out, struct err *err)
{
    struct message_gap gap;
    int rc = link_head(&tail->link, &tail->in, &message_gap_table, &gap, err);
    if (rc < 0)
        return err_prefix(err, "GAP"), rc;
    if (link_is_foreign(&tail->link, gap.broker))
        return 0;
    if (tail->has_position && gap.to <= tail->expected)
        return 0;
    if (tail->has_position && gap.from < tail->expected)
        gap.from = tail->expected;
    move(tail, gap.to);
    *out = (struct tail_item){.what = TAIL_GAP,
                              .next = tail->expected,
                              .gap_from = gap.from,
                              .gap_to = gap.to,
                              .reason = gap.reason};
    return 1;
}

/* 1 *out is filled, 0 go on. */
static int handle(struct tail *tail, struct tail_item *out, struct err *err)
{
    enum message message = message_of(frames_get(&tail->in, 0));
    tail->at = tail->in.count;
    if (message == MESSAGE_HELLO)
        return handle_hello(tail, err);
    if (message == MESSAGE_ERROR) {
        int code = link_error(&tail->link, &tail->in, err);
        if ((code == ERR_USAGE || code == ERR_STALE) && tail->hello)
            return begin_again(tail, err); /* it was restarted and does not know us */
        return code;
    }
    if (!tail->hello)
        return 0;
    switch (message) {
    case MESSAGE_FACT:
        return handle_position(tail, false, out, err);
    case MESSAGE_LIVE:
        return handle_position(tail, true, out, err);
    case MESSAGE_GAP:
        return handle_gap(tail, out, err);
    default:
        return 0; /* BEAT, and what newer brokers say */
    }
}

int tail_next(struct tail *tail, uint64_t wait_ms, struct tail_item *out, struct err *err)
{
    uint64_t until_ms = clock_now_ms() + wait_ms;
    for (;;) {
        int rc = upkeep(tail, err);
        if (rc < 0 || (rc = give_credit(tail, false, err)) < 0)
            return rc;
        if ((rc = next_entry(tail, out, err)) != 0)
            return rc;
        if ((rc = link_recv(&tail->link, &tail->in, err)) < 0)
            return rc;
        if (rc > 0) {
            if ((rc = handle(tail, out, err)) != 0)
                return rc;
            continue;
        }
        if ((rc = give_credit(tail, true, err)) < 0)
            return rc;
        uint64_t now_ms = clock_now_ms(), most_ms = tail->dead_ms / 6 + 1;
        if (now_ms >= until_ms)
            return 0;
        link_wait(&tail->link, until_ms - now_ms < most_ms ? until_ms - now_ms : most_ms,
                  ZMQ_POLLIN);
    }
}

int tail_confirm(struct tail *tail, uint64_t next, struct err *err)
{
    struct message_next head = {next, link_broker(&tail->link)};
    if (tail->from.name.ptr == NULL)
        return err_set(err, ERR_STATE, "only a named consumer can confirm");
    int rc = link_say(&tail->link, MESSAGE_CONFIRM, &message_next_table, &head, err);
    return rc < 0 ? rc : rc == 0 ? err_set(err, ERR_FULL, "the broker does not read") : 0;
}

bool tail_connected(const struct tail *tail)
{
    return tail->hello && clock_now_ms() - tail->link.heard_ms < tail->dead_ms;
}

void *tail_socket(struct tail *tail)
{
    return tail->link.socket;
}
