#include "broker/public.h"

#include "proto/base/hash.h"
#include "proto/base/map.h"
#include "proto/base/mem.h"
#include "proto/wire/fact.h"
#include "proto/wire/scan.h"

/* Entries a turn: as many as a busy turn makes durable, so that other work is not kept
 * waiting by a burst. */
#define ENTRIES_A_TURN 1024

struct public
{
    struct map *topics; /* -> hash of the key that was first to subscribe */
    struct map *each;   /* that hash -> how many topics */
    uint64_t next; /* position to publish from; 0: not begun */
    struct buf topic, record;
    struct frames message;
    struct public_metrics metrics;
};

struct public *public_new(void)
{
    struct public *public = mem_zero(1, sizeof *public);
    public->topics = map_new();
    public->each = map_new();
    public->metrics = (struct public_metrics)METRIC_INIT(PUBLIC_METRICS);
    frames_init(&public->message);
    return public;
}

void public_free(struct public **public)
{
    if (*public == NULL)
        return;
    map_free(&(*public)->topics);
    map_free(&(*public)->each);
    buf_fini(&(*public)->topic);
    buf_fini(&(*public)->record);
    frames_clear(&(*public)->message);
    mem_free(*public);
    *public = NULL;
}

struct public_metrics *public_metrics(struct public *public)
{
    return &public->metrics;
}

void public_forget(struct public *public)
{
    map_clear(public->topics);
    map_clear(public->each);
    public->metrics.topics.value = 0;
}

/* How many topics a key has, changed by `by`. */
static uint64_t count_for(struct public *public, uint64_t key, int by)
{
    struct str hash = str_make((const char *)&key, sizeof key);
    uint64_t count = 0;
    map_get(public->each, hash, &count);
    count += (uint64_t)(int64_t)by;
    if (count > 0)
        map_put(public->each, hash, count);
    else
        map_del(public->each, hash);
    return count;
}

bool public_heard(struct public *public, struct str user, struct str frame)
{
    uint64_t key = user.ptr ? hash64(user, 0) : 0, count = 0, known;
    if (frame.len == 0) /* an XSUB may say anything */
        return true;
    struct str topic = str_from(frame, 1);
    bool subscribes = frame.ptr[0] == 1;
    bool is_known = map_get(public->topics, topic, &known);
    if (subscribes && !is_known) {
        map_put(public->topics, topic, key);
        count = count_for(public, key, 1);
    } else if (frame.ptr[0] == 0 && is_known) {
        map_del(public->topics, topic);
        count_for(public, known, -1);
    }
    public->metrics.topics.value = map_count(public->topics);
    bool flooded = map_count(public->topics) > PUBLIC_TOPICS ||
                   (user.ptr && count > PUBLIC_TOPICS_EACH);
    public->metrics.flooded.value += flooded;
    return !flooded;
}

static void publish_record(struct public *public, uint64_t seq, struct str record,
                           public_send *send, void *context)
{
    struct fact_view view;
    if (fact_view(record, &view, NULL) < 0)
        return;
    struct str language = view.language.ptr ? view.language : STR("-");
    buf_clear(&public->topic);
    buf_printf(&public->topic, "fact.%.*s.%.*s.%.*s", STR_ARG(language),
               STR_ARG(view.kind), STR_ARG(view.country));
    buf_clear(&public->record);
    fact_add_seq(record, seq, &public->record);
    frames_clear(&public->message);
    frames_add(&public->message, buf_str(&public->topic));
    frames_add(&public->message, buf_str(&public->record));
    if (send(context, &public->message) == 1)
    public->metrics.records.value++;
    else public->metrics.dropped.value++;
}

static void publish_entry(struct public *public, const struct journal_item *item,
                          public_send *send, void *context)
{
    struct scan outer = scan_begin(item->bytes);
    struct scan_value array, record;
    if (scan_next(&outer, &array) != 1 || array.type != SCAN_ARRAY)
        return;
    struct scan inner = scan_inside(&array);
    while (scan_next(&inner, &record) == 1)
        publish_record(public, item->seq, record.raw, send, context);
}

bool public_publish(struct public *public, struct journal *journal, uint64_t last,
                    public_send *send, void *context)
{
    struct journal_item item;
    if (public->next == 0)
    public->next = last + 1;
    if (map_count(public->topics) == 0 && public->next <= last) {
        public->metrics.skipped.value += last + 1 - public->next;
        public->next = last + 1;
    }
    int rc = 1;
    for (int i = 0; i < ENTRIES_A_TURN && public->next <= last; i++) {
        rc = journal_read(journal, JOURNAL_FACTS, public->next, &item, NULL);
        if (rc == 1)
            publish_entry(public, &item, send, context);
        if (rc == 1 || rc == ERR_CORRUPT)
        public->next = item.seq + 1;
        else break;
    }
    /* What is on its way wakes the loop by the journal's descriptor. */
    return public->next <= last && rc != ERR_FULL;
}
