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

int admin_say_stats(struct line *line, const struct str *word, struct buf *out,
                    struct err *err)
{
    struct journal_stats stats;
    (void)word, (void)err;
    journal_stats(line->journal, &stats);
    metric_print(out, "ingest", ingest_metrics(line->ingest),
                 sizeof(struct ingest_metrics));
    metric_print(out, "feed", share_metrics(line->share), sizeof(struct share_metrics));
    metric_print(out, "dispatch", dispatch_metrics(line->dispatch),
                 sizeof(struct dispatch_metrics));
    metric_print(out, "collect", collect_metrics(line->collect),
                 sizeof(struct collect_metrics));
    metric_print(out, "tail", tail_metrics(line->tails), sizeof(struct tail_metrics));
    metric_print(out, "public", public_metrics(line->public),
                 sizeof(struct public_metrics));
    metric_print(out, "retain", retain_metrics(line->retain),
                 sizeof(struct retain_metrics));
    metric_print(out, "broker", &line->metrics, sizeof line->metrics);
    if (line->host.stats)
        line->host.stats(line->host.context, out);
    add_line(out, "journal_flushes", stats.flushes);
    add_line(out, "journal_flushed_ms", stats.flushed_ms);
    add_line(out, "journal_flush_us", stats.flush_us);
    add_line(out, "journal_flush_most_us", stats.flush_most_us);
    add_line(out, "journal_unfinished", stats.unfinished);
    add_line(out, "journal_unfinished_bytes", stats.unfinished_bytes);
    add_line(out, "journal_dead", stats.dead);
    add_line(out, "journal_articles_last", stats.last[JOURNAL_ARTICLES]);
    add_line(out, "journal_facts_last", stats.last[JOURNAL_FACTS]);
    add_line(out, "journal_articles_oldest_ms", stats.oldest_ms[JOURNAL_ARTICLES]);
    add_line(out, "journal_facts_oldest_ms", stats.oldest_ms[JOURNAL_FACTS]);
    add_line(out, "journal_used_bytes", stats.used_bytes);
    add_line(out, "journal_free_bytes",
             stats.map_bytes > stats.used_bytes ? stats.map_bytes - stats.used_bytes : 0);
    add_line(out, "journal_map_bytes", stats.map_bytes);
    add_line(out, "journal_degraded", stats.degraded);
    return 0;
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
        buf_printf(out, " %" PRIu32 " %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                   worker->credit, worker->leased, worker->done, worker->failed,
                   line->now_ms - peer->heard_ms);
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
        buf_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                   peer->stored, peer->duplicate, peer->rejected, peer->busy,
                   line->now_ms - peer->heard_ms);
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
        buf_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", tail->next,
                   tail->next < end ? end - tail->next : 0, tail->credit,
                   line->now_ms - peer->heard_ms);
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
