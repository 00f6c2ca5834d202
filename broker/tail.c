#include "broker/tail.h"

#include "proto/base/mem.h"
#include "proto/wire/fact.h"
#include "proto/wire/limits.h"
#include "proto/wire/scan.h"

#include <assert.h>

struct tails {
    struct tail at[LIMIT_PEERS];
    struct tail_metrics metrics;
};

struct tails *tails_new(void)
{
    struct tails *tails = mem_zero(1, sizeof *tails);
    tails->metrics = (struct tail_metrics)METRIC_INIT(TAIL_METRICS);
    return tails;
}

void tails_free(struct tails **tails)
{
    if (*tails == NULL)
        return;
    for (uint32_t slot = 0; slot < LIMIT_PEERS; slot++)
        tail_leave(*tails, slot);
    mem_free(*tails);
    *tails = NULL;
}

struct tail_metrics *tail_metrics(struct tails *tails)
{
    return &tails->metrics;
}

const struct tail *tail_at(const struct tails *tails, uint32_t slot)
{
    return slot < LIMIT_PEERS && tails->at[slot].here ? &tails->at[slot] : NULL;
}

/* ---- begin and end ---- */

static struct str own(struct str s)
{
    return s.ptr ? str_make(mem_copy(s.ptr, s.len), s.len) : STR_NONE;
}

static int check_filters(const struct message_from *from, struct err *err)
{
    if (from->kinds.count > LIMIT_FILTER || from->countries.count > LIMIT_FILTER ||
        from->languages.count > LIMIT_FILTER || from->sources.count > LIMIT_FILTER)
        return err_set(err, ERR_LIMIT, "a filter has at most %d values", LIMIT_FILTER);
    return 0;
}

static int resolve_word(struct str word, const struct message_from *from,
                        const struct tail_places *places, uint64_t *next_out,
                        struct err *err)
{
    if (str_is(word, "first"))
        *next_out = places->first;
    else if (str_is(word, "new"))
        *next_out = places->last + 1;
    else if (!str_is(word, "mark"))
        return err_set(err, ERR_USAGE, "from: a position, first, new or mark");
    else if (from->name.ptr == NULL)
        return err_set(err, ERR_USAGE, "from mark needs a name");
    else
        *next_out = places->marked ? places->mark : places->first;
    return 0;
}

static int resolve(const struct message_from *from, const struct tail_places *places,
                   uint64_t *next_out, struct err *err)
{
    struct scan_value value;
    *next_out = places->first;
    if (from->from_raw.ptr == NULL)
        return 0;
    struct scan scan = scan_begin(from->from_raw);
    if (scan_next(&scan, &value) == 1 && value.type == SCAN_UINT) {
        *next_out = value.as.natural ? value.as.natural : 1;
        return value.as.natural <= INT64_MAX
                   ? 0
                   : err_set(err, ERR_FIELD, "from is too large");
    }
    return resolve_word(value.type == SCAN_STR ? value.bytes : STR(""), from, places,
                        next_out, err);
}

static void own_filter(struct tail_filter *filter, const struct record_strs *list)
{
    filter->item = list->count ? mem_zero(list->count, sizeof *filter->item) : NULL;
    filter->count = list->count;
    for (uint32_t i = 0; i < list->count; i++)
        filter->item[i] = own(list->item[i]);
}

int tail_begin(struct tails *tails, uint32_t slot, const struct message_from *from,
               const struct tail_places *places, struct err *err)
{
    uint64_t next = 0;
    assert(slot < LIMIT_PEERS);
    int rc = check_filters(from, err);
    if (rc == 0)
        rc = resolve(from, places, &next, err);
    if (rc < 0)
        return rc;
    tail_leave(tails, slot);
    struct tail *tail = &tails->at[slot];
    *tail =
        (struct tail){.here = true, .next = next, .told = next, .name = own(from->name)};
    own_filter(&tail->filter[TAIL_KINDS], &from->kinds);
    own_filter(&tail->filter[TAIL_COUNTRIES], &from->countries);
    own_filter(&tail->filter[TAIL_LANGUAGES], &from->languages);
    own_filter(&tail->filter[TAIL_SOURCES], &from->sources);
    tail_credit(tails, slot,
                from->credit == UINT64_MAX ? TAIL_CREDIT_DEFAULT : from->credit);
    tails->metrics.sessions.value++;
    return 0;
}

void tail_leave(struct tails *tails, uint32_t slot)
{
    assert(slot < LIMIT_PEERS);
    struct tail *tail = &tails->at[slot];
    if (!tail->here)
        return;
    for (int f = 0; f < TAIL_FILTERS; f++) {
        for (uint32_t i = 0; i < tail->filter[f].count; i++)
            mem_free((char *)tail->filter[f].item[i].ptr);
        mem_free(tail->filter[f].item);
    }
    mem_free((char *)tail->name.ptr);
    *tail = (struct tail){0};
    tails->metrics.sessions.value--;
}

void tail_credit(struct tails *tails, uint32_t slot, uint64_t more)
{
    struct tail *tail = &tails->at[slot];
    uint64_t room = TAIL_CREDIT_MOST - tail->credit;
    tail->credit += more < room ? more : room;
}

/* ---- where it stands ---- */

void tail_said_hello(struct tails *tails, uint32_t slot)
{
    tails->at[slot].greeted = true;
}

bool tail_wants(const struct tails *tails, uint32_t slot, uint64_t last)
{
    const struct tail *tail = tail_at(tails, slot);
    return tail && tail->greeted && tail->credit > 0 && tail->next <= last;
}

bool tail_arrived(const struct tails *tails, uint32_t slot, uint64_t last)
{
    const struct tail *tail = tail_at(tails, slot);
    return tail && tail->greeted && !tail->live && tail->next > last;
}

void tail_said_live(struct tails *tails, uint32_t slot)
{
    tails->at[slot].live = true;
    tails->at[slot].told = tails->at[slot].next;
}

bool tail_should_tell(const struct tails *tails, uint32_t slot, bool idle)
{
    const struct tail *tail = tail_at(tails, slot);
    return tail && tail->greeted &&
           tail->next - tail->told >= (idle ? 1 : TAIL_TELL_EVERY);
}

void tail_moved(struct tails *tails, uint32_t slot, uint64_t next, uint32_t entries,
                bool told)
{
    struct tail *tail = &tails->at[slot];
    assert(tail->here && next >= tail->next && entries <= tail->credit);
    tail->next = next;
    tail->credit -= entries;
    if (told)
        tail->told = next;
}

/* ---- what passes ---- */

static bool holds(const struct tail_filter *filter, struct str value)
{
    if (filter->count == 0)
        return true;
    for (uint32_t i = 0; i < filter->count; i++)
        if (str_eq(filter->item[i], value))
            return true;
    return false;
}

static bool passes(const struct tail *tail, struct str record)
{
    struct fact_view view;
    if (fact_view(record, &view, NULL) < 0)
        return false;
    return holds(&tail->filter[TAIL_KINDS], view.kind) &&
           holds(&tail->filter[TAIL_COUNTRIES], view.country) &&
           holds(&tail->filter[TAIL_LANGUAGES], view.language) &&
           holds(&tail->filter[TAIL_SOURCES], view.source);
}

static bool takes_all(const struct tail *tail)
{
    for (int f = 0; f < TAIL_FILTERS; f++)
        if (tail->filter[f].count)
            return false;
    return true;
}

#define ARRAY_HEAD_BYTES 5

/* Array header in its shortest form, written so that it ends at `end`; its length. */
static size_t array_head(uint32_t count, char end[])
{
    const unsigned char wide[ARRAY_HEAD_BYTES] = {
        0xdd, (unsigned char)(count >> 24), (unsigned char)(count >> 16),
        (unsigned char)(count >> 8), (unsigned char)count};
    const unsigned char middle[] = {0xdc, wide[3], wide[4]};
    const unsigned char narrow[] = {(unsigned char)(0x90 | count)};
    size_t len = count < 16 ? 1 : count < 65536 ? sizeof middle : sizeof wide;
    memcpy(end - len, count < 16 ? narrow : count < 65536 ? middle : wide, len);
    return len;
}

/* How many pass is known last but stands first: room is left for the longest header, and
 * the records are moved up to it. */
uint32_t tail_select(const struct tail *tail, uint64_t seq, struct str entry,
                     struct buf *out)
{
    struct scan outer = scan_begin(entry);
    struct scan_value array, record;
    bool all = takes_all(tail);
    uint32_t count = 0;
    size_t begin = out->len;
    if (scan_next(&outer, &array) != 1 || array.type != SCAN_ARRAY)
        return 0;
    buf_add(out, "\0\0\0\0\0", ARRAY_HEAD_BYTES);
    struct scan inner = scan_inside(&array);
    while (scan_next(&inner, &record) == 1) {
        if (!all && !passes(tail, record.raw))
            continue;
        fact_add_seq(record.raw, seq, out);
        count++;
    }
    if (count == 0) {
        out->len = begin;
        return 0;
    }
    char *body = out->ptr + begin + ARRAY_HEAD_BYTES;
    size_t body_len = out->len - begin - ARRAY_HEAD_BYTES;
    size_t head_len = array_head(count, body);
    memmove(out->ptr + begin, body - head_len, head_len + body_len);
    out->len = begin + head_len + body_len;
    return count;
}
