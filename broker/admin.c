#include "broker/admin.h"

#include <inttypes.h>

#define WORDS 4

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

/* What drain and trim have begun and not ended: nothing, when all is done. */
static int say_progress(struct line *line, const struct str *word, struct buf *out,
                        struct err *err)
{
    static const char *const streams[JOURNAL_STREAMS] = {"articles", "facts"};
    (void)word, (void)err;
    for (uint32_t slot = 0; slot < LIMIT_PEERS; slot++) {
        const struct worker *worker = dispatch_worker(line->dispatch, slot);
        if (worker == NULL || !worker->draining)
            continue;
        buf_printf(out, "drain ");
        admin_add_word(out, worker->name);
        buf_printf(out, " %" PRIu32 "\n", worker->leased);
    }
    for (int s = 0; s < JOURNAL_STREAMS; s++)
        if (line->trim[s].steps > 0)
            buf_printf(out, "trim %s %" PRIu64 "\n", streams[s],
                       line->trim[s].steps * JOURNAL_TRIM_STEP);
    return 0;
}

static int pause_feed(struct line *line, const struct str *word, struct buf *out,
                      struct err *err)
{
    if (word[1].len == 0)
        return err_set(err, ERR_USAGE, "feed-pause FEED");
    int rc = line_feed_pause(line, word[1], true, err);
    if (rc == 0)
        buf_printf(out, "paused\n");
    return rc;
}

static int resume_feed(struct line *line, const struct str *word, struct buf *out,
                       struct err *err)
{
    if (word[1].len == 0)
        return err_set(err, ERR_USAGE, "feed-resume FEED");
    int rc = line_feed_pause(line, word[1], false, err);
    if (rc == 0)
        buf_printf(out, "running\n");
    return rc;
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
        admin_add_word(out, mark.name);
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
    admin_add_word(&name, str_of(laggard.name));
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
    admin_command *run;
    const char *help;
};

static admin_command say_help;

static const struct command commands[] = {
    {"status", 0, true, admin_say_status, "state, positions and counts"},
    {"stats", 0, true, admin_say_stats, "every counter and gauge"},
    {"metrics", 0, true, admin_say_stats, "the same, as Prometheus reads it"},
    {"workers", 0, true, admin_say_workers,
     "name extractor credit leased done failed heard_ms key"},
    {"feeders", 0, true, admin_say_feeders,
     "id stored duplicate rejected busy heard_ms key"},
    {"tails", 0, true, admin_say_tails, "name next behind credit heard_ms key"},
    {"dead", 2, true, admin_say_dead,
     "[FROM [COUNT]]: dead letters: seq deaths failures id, the last attempt"},
    {"dead-show", 1, true, admin_show_dead, "SEQ: the article's record as JSON"},
    {"dead-history", 1, true, admin_say_history,
     "SEQ: feed, lane, and each attempt: when worker outcome reason"},
    {"dead-replay", 2, false, admin_replay_dead,
     "SEQ|all [FROM]: put back as work, attempts 0"},
    {"dead-purge", 2, false, admin_purge_dead, "SEQ|all [FROM]: give up for good"},
    {"feeds", 0, true, admin_say_feeds, "name state live backfill given"},
    {"feed-pause", 1, false, pause_feed, "FEED: keep its articles, give none out"},
    {"feed-resume", 1, false, resume_feed, "FEED: give them out again"},
    {"pause", 0, false, do_pause, "stop giving out work"},
    {"resume", 0, false, do_resume, "give out work again"},
    {"drain", 1, false, do_drain,
     "[WORKER]: it (or all) finishes what it has and leaves"},
    {"progress", 0, true, say_progress, "what drain and trim have not ended yet"},
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
