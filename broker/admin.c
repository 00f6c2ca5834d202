#include "broker/admin.h"

#include "proto/wire/article.h"

#include <inttypes.h>

#define WORDS        4
#define DEAD_DEFAULT 20
#define DEAD_MOST    1000

/* What strangers named themselves must not break the lines and columns of an answer. */
static void add_word(struct buf *out, struct str word)
{
    if (word.len == 0)
        buf_add_char(out, '-');
    for (size_t i = 0; i < word.len; i++) {
        unsigned char c = (unsigned char)word.ptr[i];
        buf_add_char(out, c <= ' ' || c == 0x7f ? '_' : (char)c);
    }
}

static void add_text(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        buf_add_char(out, c < ' ' || c == 0x7f ? ' ' : (char)c);
    }
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

static int say_status(struct line *line, const struct str *word, struct buf *out,
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

static int say_stats(struct line *line, const struct str *word, struct buf *out,
                     struct err *err)
{
    struct journal_stats stats;
    (void)word, (void)err;
    journal_stats(line->journal, &stats);
    metric_print(out, "ingest", ingest_metrics(line->ingest),
                 sizeof(struct ingest_metrics));
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

static int say_workers(struct line *line, const struct str *word, struct buf *out,
                       struct err *err)
{
    (void)word, (void)err;
    for (uint32_t slot = 0; slot < LIMIT_PEERS; slot++) {
        const struct peer *peer = peers_at(line->workers, slot);
        const struct worker *worker = dispatch_worker(line->dispatch, slot);
        if (peer == NULL || worker == NULL)
            continue;
        add_word(out, worker->name);
        buf_add_char(out, ' ');
        add_word(out, worker->extractor);
        buf_printf(out, " %" PRIu32 " %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                   worker->credit, worker->leased, worker->done, worker->failed,
                   line->now_ms - peer->heard_ms);
    }
    return 0;
}

static int say_feeders(struct line *line, const struct str *word, struct buf *out,
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

static int say_tails(struct line *line, const struct str *word, struct buf *out,
                     struct err *err)
{
    uint64_t end = line->stats.last[JOURNAL_FACTS] + 1;
    (void)word, (void)err;
    for (uint32_t slot = 0; slot < LIMIT_PEERS; slot++) {
        const struct peer *peer = peers_at(line->consumers, slot);
        const struct tail *tail = tail_at(line->tails, slot);
        if (peer == NULL || tail == NULL)
            continue;
        add_word(out, tail->name);
        buf_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", tail->next,
                   tail->next < end ? end - tail->next : 0, tail->credit,
                   line->now_ms - peer->heard_ms);
    }
    return 0;
}

/* ---- dead letters ---- */

static bool number(struct str word, uint64_t otherwise, uint64_t *value_out)
{
    *value_out = otherwise;
    return word.len == 0 || str_to_u64(word, value_out);
}

static int say_dead(struct line *line, const struct str *word, struct buf *out,
                    struct err *err)
{
    struct journal_item item;
    uint64_t from, count;
    int rc = 0;
    if (!number(word[1], 1, &from) || !number(word[2], DEAD_DEFAULT, &count))
        return err_set(err, ERR_USAGE, "dead [FROM [COUNT]]");
    for (uint64_t i = 0; i < count && i < DEAD_MOST; i++, from = item.seq + 1) {
        if ((rc = journal_dead(line->journal, from, &item, err)) != 1)
            break;
        buf_printf(out, "%" PRIu64 " %" PRIu32 " %" PRIu32 " ", item.seq, item.deaths,
                   item.failures);
        add_word(out, item.id);
        buf_add_char(out, ' ');
        add_text(out, item.note);
        buf_add_char(out, '\n');
    }
    return rc < 0 ? rc : 0;
}

static int show_dead(struct line *line, const struct str *word, struct buf *out,
                     struct err *err)
{
    struct journal_item item;
    struct article article;
    uint64_t seq;
    if (!str_to_u64(word[1], &seq))
        return err_set(err, ERR_USAGE, "dead-show SEQ");
    int rc = journal_dead(line->journal, seq, &item, err);
    if (rc < 0)
        return rc;
    if (rc == 0 || item.seq != seq)
        return err_set(err, ERR_NOTFOUND, "no dead letter %" PRIu64, seq);
    arena_reset(&line->arena);
    rc = record_decode(&article_loose_table, item.bytes, &line->arena, &article, err);
    if (rc < 0)
        return rc;
    record_print(&article_loose_table, &article, out);
    buf_add_char(out, '\n');
    return 0;
}

static int revive_all(struct line *line, uint64_t *count_out, struct err *err)
{
    struct journal_item item;
    uint64_t from = 1;
    int rc;
    *count_out = 0;
    while ((rc = journal_dead(line->journal, from, &item, err)) == 1) {
        from = item.seq + 1;
        if ((rc = journal_revive(line->journal, item.seq, err)) < 0)
            break;
        ++*count_out;
    }
    return rc;
}

static int replay_dead(struct line *line, const struct str *word, struct buf *out,
                       struct err *err)
{
    uint64_t seq, count = 1;
    int rc;
    if (str_is(word[1], "all"))
        rc = revive_all(line, &count, err);
    else if (str_to_u64(word[1], &seq))
        rc = journal_revive(line->journal, seq, err);
    else
        return err_set(err, ERR_USAGE, "dead-replay SEQ|all");
    line_changed(line);
    if (rc == 0)
        buf_printf(out, "%" PRIu64 " put back\n", count);
    return rc;
}

/* ---- steering ---- */

static int do_pause(struct line *line, const struct str *word, struct buf *out,
                    struct err *err)
{
    (void)word, (void)err;
    line->paused = true;
    buf_printf(out, "paused\n");
    return 0;
}

static int do_resume(struct line *line, const struct str *word, struct buf *out,
                     struct err *err)
{
    (void)word, (void)err;
    line->paused = false;
    buf_printf(out, "running\n");
    return 0;
}

static int do_drain(struct line *line, const struct str *word, struct buf *out,
                    struct err *err)
{
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < LIMIT_PEERS; slot++) {
        struct peer *peer = peers_at(line->workers, slot);
        const struct worker *worker = dispatch_worker(line->dispatch, slot);
        if (peer == NULL || worker == NULL ||
            (word[1].len > 0 && !str_eq(word[1], worker->name)))
            continue;
        line_work_drain(line, peer);
        count++;
    }
    if (count == 0)
        return err_set(err, ERR_NOTFOUND, "no such worker");
    buf_printf(out, "%" PRIu32 " draining\n", count);
    return 0;
}

static int say_mark(struct line *line, const struct str *word, struct buf *out,
                    struct err *err)
{
    uint64_t position;
    if (word[1].len == 0 || word[1].len > LIMIT_ID_BYTES)
        return err_set(err, ERR_USAGE, "mark NAME");
    if (journal_marked(line->journal, word[1], &position) != 1)
        return err_set(err, ERR_NOTFOUND, "nothing is confirmed under this name");
    buf_printf(out, "%" PRIu64 "\n", position);
    return 0;
}

static int say_consumers(struct line *line, const struct str *word, struct buf *out,
                         struct err *err)
{
    struct journal_mark mark = {0};
    struct buf after = {0};
    uint64_t first = line->stats.first[JOURNAL_FACTS];
    uint64_t end = line->stats.last[JOURNAL_FACTS] + 1;
    int rc;
    (void)word;
    while ((rc = journal_next_mark(line->journal, buf_str(&after), &mark, err)) == 1) {
        buf_clear(&after);
        buf_add_str(&after, mark.name);
        add_word(out, mark.name);
        uint64_t at = mark.position > first ? mark.position : first;
        buf_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                   mark.position, at < end ? end - at : 0,
                   mark.position < first ? first - mark.position : 0, mark.marked_ms);
    }
    buf_fini(&after);
    return rc;
}

static int forget_consumer(struct line *line, const struct str *word, struct buf *out,
                           struct err *err)
{
    if (word[1].len == 0)
        return err_set(err, ERR_USAGE, "consumers-forget NAME");
    int rc = journal_forget(line->journal, word[1], err);
    if (rc < 0)
        return rc;
    line_changed(line);
    buf_printf(out, "forgotten\n");
    return 0;
}

/* Facts that somebody counts on are dropped only on request. */
static int check_unread(struct line *line, uint64_t before, struct err *err)
{
    struct laggard laggard;
    struct buf name = {0};
    int rc = retain_laggard(line->journal, &laggard, err);
    if (rc < 0 || laggard.position >= before ||
        laggard.position >= line->stats.last[JOURNAL_FACTS] + 1)
        return rc;
    add_word(&name, str_of(laggard.name));
    rc = err_set(err, ERR_CONFLICT,
                 "consumer \"%s\" has not read from %" PRIu64
                 " on; \"trim facts BEFORE unread\" drops it all the same",
                 buf_cstr(&name), laggard.position);
    buf_fini(&name);
    return rc;
}

static int do_trim(struct line *line, const struct str *word, struct buf *out,
                   struct err *err)
{
    uint64_t before;
    bool facts = str_is(word[1], "facts"), unread = str_is(word[3], "unread");
    if ((!facts && !str_is(word[1], "articles")) || !str_to_u64(word[2], &before) ||
        (word[3].len > 0 && !unread))
        return err_set(err, ERR_USAGE, "trim articles|facts BEFORE [unread]");
    if (facts && !unread && check_unread(line, before, err) < 0)
        return err->code;
    line_trim(line, facts ? JOURNAL_FACTS : JOURNAL_ARTICLES, before);
    buf_printf(out, "trimming\n");
    return 0;
}

static int do_stop(struct line *line, const struct str *word, struct buf *out,
                   struct err *err)
{
    (void)word, (void)err;
    line_stop(line, line->now_ms);
    buf_printf(out, "stopping\n");
    return 0;
}

/* ---- the list ---- */

struct command {
    const char *name;
    int words;     /* behind the name, at most */
    bool observer; /* changes nothing: those who only observe may ask it, too */
    int (*run)(struct line *line, const struct str *word, struct buf *out,
               struct err *err);
    const char *help;
};

static int say_help(struct line *line, const struct str *word, struct buf *out,
                    struct err *err);

static const struct command commands[] = {
    {"status", 0, true, say_status, "state, positions and counts"},
    {"stats", 0, true, say_stats, "every counter and gauge"},
    {"workers", 0, true, say_workers,
     "name extractor credit leased done failed heard_ms"},
    {"feeders", 0, true, say_feeders, "id stored duplicate rejected busy heard_ms"},
    {"tails", 0, true, say_tails, "name next behind credit heard_ms"},
    {"dead", 2, true, say_dead,
     "[FROM [COUNT]]: dead letters: seq deaths failures id reason"},
    {"dead-show", 1, true, show_dead, "SEQ: the article's record as JSON"},
    {"dead-replay", 1, false, replay_dead, "SEQ|all: put back as work, attempts 0"},
    {"pause", 0, false, do_pause, "stop giving out work"},
    {"resume", 0, false, do_resume, "give out work again"},
    {"drain", 1, false, do_drain,
     "[WORKER]: it (or all) finishes what it has and leaves"},
    {"mark", 1, true, say_mark, "NAME: the position a named consumer confirmed"},
    {"consumers", 0, true, say_consumers,
     "named consumers: name position unread lost confirmed_ms"},
    {"consumers-forget", 1, false, forget_consumer, "NAME: hold nothing for it any more"},
    {"trim", 3, false, do_trim,
     "articles|facts BEFORE [unread]: drop entries below a position"},
    {"stop", 0, false, do_stop, "drain and end"},
    {"help", 0, true, say_help, "this list"},
    {0},
};

static int say_help(struct line *line, const struct str *word, struct buf *out,
                    struct err *err)
{
    (void)line, (void)word, (void)err;
    for (const struct command *command = commands; command->name; command++)
        buf_printf(out, "%-12s %s\n", command->name, command->help);
    return 0;
}

int admin_answer(struct line *line, struct str request, struct buf *out, struct err *err)
{
    struct str word[WORDS] = {STR_NONE, STR_NONE, STR_NONE, STR_NONE},
               rest = str_trim(request), one;
    int count = 0;
    while (str_split(&rest, ' ', &one) == 1) {
        if (count == WORDS)
            return err_set(err, ERR_USAGE, "too many words");
        word[count++] = one;
    }
    for (const struct command *command = commands; command->name; command++) {
        if (!str_is(word[0], command->name))
            continue;
        if (line->grant && !command->observer && !(line->grant->roles & GRANT_OPERATOR))
            return err_set(err, ERR_DENIED, "%s: only an operator may", command->name);
        if (count - 1 > command->words)
            return err_set(err, ERR_USAGE, "%s: too many words", command->name);
        return command->run(line, word, out, err);
    }
    return err_set(err, ERR_USAGE, "no such command; try help");
}

/* DEALER and REQ both work: an empty delimiter frame is given back. */
void line_admin_receive(struct line *line, const struct frames *message)
{
    struct buf text = {0};
    struct err err = {0};
    bool delimited = message->count > 2 && frames_get(message, 1).len == 0;
    int at = delimited ? 2 : 1;
    if (message->count != at + 1 || frames_get(message, at).len > LIMIT_FIELD_BYTES)
        err_set(&err, ERR_USAGE, "a request is one frame of words");
    else
        admin_answer(line, frames_get(message, at), &text, &err);
    if (err.code) {
        buf_clear(&text);
        buf_printf(&text, "%s: %s\n", err_name(err.code), err.text);
    }
    frames_clear(&line->out);
    frames_add(&line->out, frames_get(message, 0));
    if (delimited)
        frames_add(&line->out, STR(""));
    frames_add_text(&line->out, err.code ? "ERROR" : "OK");
    frames_add(&line->out, buf_str(&text));
    if (line_send_out(line, FRAME_ADMIN) != 1)
        line->metrics.undelivered.value++;
    buf_fini(&text);
}
