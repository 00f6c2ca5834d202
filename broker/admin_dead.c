/* What an operator does with dead letters. */

#include "broker/admin.h"

#include "proto/wire/article.h"

#include <inttypes.h>

#define DEAD_DEFAULT 20
/* Of one request: a turn is not to be held up. The answer says where to go on. */
#define DEAD_MOST 1000

static bool number(struct str word, uint64_t otherwise, uint64_t *value_out)
{
    *value_out = otherwise;
    return word.len == 0 || str_to_u64(word, value_out);
}

/* ---- look ---- */

/* Of the note the newest attempt: "WHEN WORKER OUTCOME REASON", or what older programs
 * left. */
static struct str newest(struct str note_text)
{
    struct note note;
    struct str rest, line, last = STR_NONE;
    note_read(note_text, &note);
    for (rest = note.history; str_split(&rest, '\n', &line) == 1;)
        last = line;
    return last;
}

int admin_say_dead(struct line *line, const struct str *word, struct buf *out,
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
        admin_add_word(out, item.id);
        buf_add_char(out, ' ');
        admin_add_text(out, newest(item.note));
        buf_add_char(out, '\n');
    }
    return rc < 0 ? rc : 0;
}

static int find(struct line *line, struct str word, struct journal_item *item,
                struct err *err)
{
    uint64_t seq;
    if (!str_to_u64(word, &seq))
        return err_set(err, ERR_USAGE, "which? SEQ");
    int rc = journal_dead(line->journal, seq, item, err);
    if (rc < 0)
        return rc;
    if (rc == 0 || item->seq != seq)
        return err_set(err, ERR_NOTFOUND, "no dead letter %" PRIu64, seq);
    return 0;
}

int admin_show_dead(struct line *line, const struct str *word, struct buf *out,
                    struct err *err)
{
    struct journal_item item;
    struct article article;
    int rc = find(line, word[1], &item, err);
    if (rc < 0)
        return rc;
    arena_reset(&line->arena);
    rc = record_decode(&article_loose_table, item.bytes, &line->arena, &article, err);
    if (rc < 0)
        return rc;
    record_print(&article_loose_table, &article, out);
    buf_add_char(out, '\n');
    return 0;
}

int admin_say_history(struct line *line, const struct str *word, struct buf *out,
                      struct err *err)
{
    struct journal_item item;
    struct note note;
    struct str attempt;
    int rc = find(line, word[1], &item, err);
    if (rc < 0)
        return rc;
    note_read(item.note, &note);
    buf_printf(out, "feed %.*s\nlane %s\ndeaths %" PRIu32 "\nfailures %" PRIu32 "\n",
               STR_ARG(note.feed), note_lane_name(note.lane), item.deaths, item.failures);
    while (note.history.len > 0 && str_split(&note.history, '\n', &attempt) == 1) {
        admin_add_text(out, attempt);
        buf_add_char(out, '\n');
    }
    return 0;
}

/* ---- put back, give up ---- */

typedef int change(struct journal *journal, uint64_t seq, struct err *err);

static int change_all(struct line *line, change *one, uint64_t from, uint64_t *count_out,
                      uint64_t *next_out, struct err *err)
{
    struct journal_item item;
    int rc = 0;
    for (*count_out = *next_out = 0; *count_out < DEAD_MOST; ++*count_out) {
        if ((rc = journal_dead(line->journal, from, &item, err)) != 1)
            return rc;
        from = item.seq + 1;
        if ((rc = one(line->journal, item.seq, err)) < 0)
            return rc;
    }
    *next_out = from;
    return 0;
}

static int change_some(struct line *line, const struct str *word, change *one,
                       const char *done, struct buf *out, struct err *err)
{
    uint64_t seq, from, count = 1, next = 0;
    int rc;
    if (str_is(word[1], "all") && number(word[2], 1, &from))
        rc = change_all(line, one, from, &count, &next, err);
    else if (str_to_u64(word[1], &seq) && word[2].len == 0)
        rc = one(line->journal, seq, err);
    else
        return err_set(err, ERR_USAGE, "which? SEQ|all [FROM]");
    line_changed(line);
    if (rc < 0)
        return rc;
    buf_printf(out, "%" PRIu64 " %s\n", count, done);
    if (next)
        buf_printf(out, "next %" PRIu64 "\n", next);
    return 0;
}

int admin_replay_dead(struct line *line, const struct str *word, struct buf *out,
                      struct err *err)
{
    return change_some(line, word, journal_revive, "put back", out, err);
}

int admin_purge_dead(struct line *line, const struct str *word, struct buf *out,
                     struct err *err)
{
    return change_some(line, word, journal_purge, "purged", out, err);
}
