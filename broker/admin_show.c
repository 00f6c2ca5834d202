/* What an operator sees: states, counts, who is connected. */

#include "broker/admin.h"

#include "proto/base/utf8.h"

#include <inttypes.h>

/* What strangers named themselves must not break the lines and columns of an answer. */
void admin_add_word(struct buf *out, struct str word)
{
    if (word.len == 0)
        buf_add_char(out, '-');
    utf8_add_safe(out, word, '_');
}

void admin_add_text(struct buf *out, struct str text)
{
    utf8_add_safe(out, text, ' ');
}

static void add_line(struct buf *out, const char *name, uint64_t value)
{
    buf_printf(out, "%s %" PRIu64 "\n", name, value);
}

/* ---- what there is ---- */

static const char *state_of(const struct line *line)
{
    return line->degraded   ? "degraded"
           : line->stopping ? "draining"
           : line->paused   ? "paused"
                            : "running";
}

int admin_say_status(struct line *line, const struct str *word, struct buf *out,
                     struct err *err)
{
    struct journal_stats stats;
    (void)word, (void)err;
    journal_stats(line->journal, &stats);
    buf_printf(out, "version %s\nbroker %s\naddress %s\n", WARTA_VERSION, line->host.name,
               line->settings.listen);
    add_line(out, "uptime_ms", line->now_ms - line->started_ms);
    buf_printf(out, "journal %s\nstate %s\n", line->settings.journal, state_of(line));
    add_line(out, "articles_first", stats.first[JOURNAL_ARTICLES]);
    add_line(out, "articles_last", stats.last[JOURNAL_ARTICLES]);
    add_line(out, "facts_first", stats.first[JOURNAL_FACTS]);
    add_line(out, "facts_last", stats.last[JOURNAL_FACTS]);
    add_line(out, "unfinished", stats.unfinished);
    add_line(out, "dead", stats.dead);
    add_line(out, "leased", dispatch_metrics(line->dispatch)->leased.value);
    add_line(out, "workers", peers_count(line->workers));
    add_line(out, "feeders", peers_count(line->feeders));
    add_line(out, "tails", peers_count(line->consumers));
    add_line(out, "used_bytes", stats.used_bytes);
    return 0;
}

/* ---- counters and gauges ---- */

#define JOURNAL_METRICS(X)                                                               \
    X(flushes, COUNTER, "syncs of the journal")                                          \
    X(flushed_ms, GAUGE, "Unix time of the last sync, in milliseconds")                  \
    X(flush_us, GAUGE, "microseconds the last sync took")                                \
    X(flush_most_us, GAUGE, "microseconds the longest sync took")                        \
    X(unfinished, GAUGE, "articles stored and not read to the end")                      \
    X(unfinished_bytes, GAUGE, "their bytes")                                            \
    X(dead, GAUGE, "dead letters there are")                                             \
    X(articles_last, GAUGE, "position of the last article")                              \
    X(facts_last, GAUGE, "position of the last entry of facts")                          \
    X(articles_oldest_ms, GAUGE, "Unix time of the oldest article kept, in milliseconds")\
    X(facts_oldest_ms, GAUGE, "Unix time of the oldest entry of facts kept, in milliseconds")\
    X(used_bytes, GAUGE, "bytes of the journal in use")                                  \
    X(free_bytes, GAUGE, "bytes of its room that are free")                              \
    X(map_bytes, GAUGE, "bytes it may grow to")                                          \
    X(degraded, GAUGE, "1: it failed and takes nothing")

struct journal_metrics {
    METRIC_FIELDS(JOURNAL_METRICS)
};

static void say_journal(const struct line *line, metric_say *say, struct buf *out)
{
    struct journal_metrics m = METRIC_INIT(JOURNAL_METRICS);
    struct journal_stats stats;
    journal_stats(line->journal, &stats);
    m.flushes.value = stats.flushes;
    m.flushed_ms.value = stats.flushed_ms;
    m.flush_us.value = stats.flush_us;
    m.flush_most_us.value = stats.flush_most_us;
    m.unfinished.value = stats.unfinished;
    m.unfinished_bytes.value = stats.unfinished_bytes;
    m.dead.value = stats.dead;
    m.articles_last.value = stats.last[JOURNAL_ARTICLES];
    m.facts_last.value = stats.last[JOURNAL_FACTS];
    m.articles_oldest_ms.value = stats.oldest_ms[JOURNAL_ARTICLES];
    m.facts_oldest_ms.value = stats.oldest_ms[JOURNAL_FACTS];
    m.used_bytes.value = stats.used_bytes;
    m.free_bytes.value = stats.map_bytes > stats.used_bytes
                             ? stats.map_bytes - stats.used_bytes
                             : 0;
    m.map_bytes.value = stats.map_bytes;
    m.degraded.value = stats.degraded;
    say(out, "journal", &m, sizeof m);
}

/* "stats" and "metrics": the same, told in two ways. */
int admin_say_stats(struct line *line, const struct str *word, struct buf *out,
                    struct err *err)
{
    metric_say *say = str_is(word[0], "metrics") ? metric_expose : metric_print;
    (void)err;
    say(out, "ingest", ingest_metrics(line->ingest), sizeof(struct ingest_metrics));
    say(out, "feed", share_metrics(line->share), sizeof(struct share_metrics));
    say(out, "dispatch", dispatch_metrics(line->dispatch),
        sizeof(struct dispatch_metrics));
    say(out, "collect", collect_metrics(line->collect), sizeof(struct collect_metrics));
    say(out, "tail", tail_metrics(line->tails), sizeof(struct tail_metrics));
    say(out, "public", public_metrics(line->public), sizeof(struct public_metrics));
    say(out, "retain", retain_metrics(line->retain), sizeof(struct retain_metrics));
    say(out, "broker", &line->metrics, sizeof line->metrics);
    if (line->host.stats)
        line->host.stats(line->host.context, say, out);
    say_journal(line, say, out);
    return 0;
}

/* How long ago it was heard, and which key it has: the last columns of a peer. */
static void add_peer(struct buf *out, const struct line *line, const struct peer *peer)
{
    buf_printf(out, " %" PRIu64 " ", line->now_ms - peer->heard_ms);
    admin_add_word(out, str_of(peer->name));
    buf_add_char(out, '\n');
}

int admin_say_workers(struct line *line, const struct str *word, struct buf *out,
                      struct err *err)
{
    (void)word, (void)err;
    for (uint32_t slot = 0; slot < LIMIT_PEERS; slot++) {
        const struct peer *peer = peers_at(line->workers, slot);
        const struct worker *worker = dispatch_worker(line->dispatch, slot);
        if (peer == NULL || worker == NULL)
            continue;
        admin_add_word(out, worker->name);
        buf_add_char(out, ' ');
        admin_add_word(out, worker->extractor);
        buf_printf(out, " %" PRIu32 " %" PRIu32 " %" PRIu64 " %" PRIu64, worker->credit,
                   worker->leased, worker->done, worker->failed);
        add_peer(out, line, peer);
    }
    return 0;
}

int admin_say_feeders(struct line *line, const struct str *word, struct buf *out,
                      struct err *err)
{
    (void)word, (void)err;
    for (uint32_t slot = 0; slot < LIMIT_PEERS; slot++) {
        const struct peer *peer = peers_at(line->feeders, slot);
        if (peer == NULL)
            continue;
        for (size_t i = 0; i < peer->id.len; i++)
            buf_printf(out, "%02x", (unsigned)(unsigned char)peer->id.ptr[i]);
        buf_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, peer->stored,
                   peer->duplicate, peer->rejected, peer->busy);
        add_peer(out, line, peer);
    }
    return 0;
}

int admin_say_tails(struct line *line, const struct str *word, struct buf *out,
                    struct err *err)
{
    uint64_t end = line->stats.last[JOURNAL_FACTS] + 1;
    (void)word, (void)err;
    for (uint32_t slot = 0; slot < LIMIT_PEERS; slot++) {
        const struct peer *peer = peers_at(line->consumers, slot);
        const struct tail *tail = tail_at(line->tails, slot);
        if (peer == NULL || tail == NULL)
            continue;
        admin_add_word(out, tail->name);
        buf_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64, tail->next,
                   tail->next < end ? end - tail->next : 0, tail->credit);
        add_peer(out, line, peer);
    }
    return 0;
}

int admin_say_feeds(struct line *line, const struct str *word, struct buf *out,
                    struct err *err)
{
    (void)word, (void)err;
    for (uint32_t slot = 0; slot < SHARE_FEEDS; slot++) {
        const struct share_feed *feed = share_at(line->share, slot);
        if (feed == NULL)
            continue;
        admin_add_word(out, feed->name);
        buf_printf(out, " %s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                   feed->paused ? "paused" : "running", feed->waiting[NOTE_LIVE],
                   feed->waiting[NOTE_BACKFILL], feed->given);
    }
    return 0;
}
