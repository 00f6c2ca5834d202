/* Moving a journal into another one: facts at their positions, articles that are still to
 * be read, dead letters, and what named consumers have confirmed. What is there already
 * is not copied again, so a copy that ended early is gone on with by starting it again.
 */

#include "broker/broker.h"
#include "broker/journal.h"

#include "proto/base/buf.h"
#include "proto/base/clock.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define WAIT_MS     50
#define PATIENCE_MS 60000
#define FLUSH_EVERY 512
#define SAY_MS      500

struct copy {
    struct journal *from, *to;
    uint64_t waiting;     /* appends that have not settled */
    uint64_t settled_seq; /* of the last one */
    uint64_t facts, articles, dead, marks;
    uint64_t last_fact, said_ms;
    bool shows;        /* standard error is a terminal */
    struct err failed; /* of an append that settled so */
};

/* ---- waiting ---- */

static void wait_for(struct journal *journal)
{
    struct pollfd fd = {.fd = journal_fd(journal), .events = POLLIN};
    if (fd.fd >= 0)
        (void)poll(&fd, 1, WAIT_MS);
}

static void show(struct copy *copy, bool last)
{
    uint64_t now_ms = clock_now_ms();
    if (!copy->shows || (!last && now_ms - copy->said_ms < SAY_MS))
        return;
    copy->said_ms = now_ms;
    fprintf(stderr, "\rfacts to %" PRIu64 " of %" PRIu64 ", articles %" PRIu64 "%s",
            copy->facts, copy->last_fact, copy->articles, last ? "\n" : "");
}

/* What has been made durable; the first failure ends the copy. */
static int settle(struct copy *copy, struct err *err)
{
    struct journal_outcome outcome;
    while (journal_settle(copy->to, &outcome) == 1) {
        copy->waiting--;
        copy->settled_seq = outcome.seq;
        if (outcome.error < 0 && copy->failed.code == 0)
            err_set(&copy->failed, outcome.error,
                    "an entry could not be stored there (%s)", err_name(outcome.error));
    }
    if (copy->failed.code < 0)
        return err_set(err, copy->failed.code, "%s", copy->failed.text);
    return 0;
}

/* Until all is durable there. */
static int flush(struct copy *copy, struct err *err)
{
    struct journal_stats now;
    uint64_t begun_ms = clock_now_ms();
    int rc = journal_flush(copy->to, err);
    while (rc == 0 && (rc = settle(copy, err)) == 0) {
        journal_stats(copy->to, &now);
        if (copy->waiting == 0 && !now.pending)
            return 0;
        if (clock_now_ms() - begun_ms > PATIENCE_MS)
            return err_set(err, ERR_TIMEOUT, "nothing is stored there for %d s",
                           PATIENCE_MS / 1000);
        wait_for(copy->to);
        rc = journal_flush(copy->to, err);
    }
    return rc;
}

static int append(struct copy *copy, enum journal_stream stream,
                  const struct journal_item *item, struct err *err)
{
    uint64_t ticket;
    int rc = journal_append_copy(copy->to, stream, item, &ticket, err);
    if (rc == ERR_FULL) {
        rc = flush(copy, err);
        if (rc == 0)
            rc = journal_append_copy(copy->to, stream, item, &ticket, err);
    }
    if (rc < 0)
        return rc;
    if (++copy->waiting % FLUSH_EVERY == 0)
        rc = journal_flush(copy->to, err);
    show(copy, false);
    return rc < 0 ? rc : settle(copy, err);
}

/* As journal_read, after waiting for what is on its way. */
static int read_at(struct journal *journal, enum journal_stream stream, uint64_t seq,
                   struct journal_item *out, struct err *err)
{
    struct journal_stats ignored;
    uint64_t begun_ms = clock_now_ms();
    int rc = journal_read(journal, stream, seq, out, err);
    while (rc == ERR_FULL && clock_now_ms() - begun_ms < PATIENCE_MS) {
        struct journal_outcome none;
        wait_for(journal);
        (void)journal_settle(journal, &none); /* lets it hear what has come */
        journal_stats(journal, &ignored);
        rc = journal_read(journal, stream, seq, out, err);
    }
    return rc;
}

/* ---- what is moved ---- */

/* The two must be one log, of which the copy has the beginning. */
static int compare_ends(struct copy *copy, uint64_t seq, struct err *err)
{
    struct journal_item ours, theirs;
    struct buf id = {0};
    int rc = read_at(copy->from, JOURNAL_FACTS, seq, &ours, err);
    if (rc == 1) {
        buf_add_str(&id, ours.id);
        rc = read_at(copy->to, JOURNAL_FACTS, seq, &theirs, err);
    }
    bool same = rc == 1 && str_eq(buf_str(&id), theirs.id);
    buf_fini(&id);
    if (rc < 0)
        return rc;
    return same ? 0
                : err_set(err, ERR_CONFLICT,
                          "the destination holds facts of another journal: position "
                          "%" PRIu64 " differs",
                          seq);
}

static int where_to_begin(struct copy *copy, uint64_t *next_out, struct err *err)
{
    struct journal_stats from, to;
    journal_stats(copy->from, &from);
    journal_stats(copy->to, &to);
    uint64_t first = from.first[JOURNAL_FACTS], last = to.last[JOURNAL_FACTS];
    copy->last_fact = from.last[JOURNAL_FACTS];
    *next_out = last + 1;
    if (last > copy->last_fact)
        return err_set(err, ERR_CONFLICT,
                       "the destination has facts to %" PRIu64
                       ", and this one to %" PRIu64,
                       last, copy->last_fact);
    if (last == 0 && first > 1) {
        *next_out = first;
        return journal_start_at(copy->to, JOURNAL_FACTS, first, err);
    }
    return last >= first && last > 0 ? compare_ends(copy, last, err) : 0;
}

static int copy_facts(struct copy *copy, struct err *err)
{
    struct journal_item item;
    uint64_t next;
    int rc = where_to_begin(copy, &next, err);
    copy->facts = next - 1;
    for (; rc >= 0 && next <= copy->last_fact; next = item.seq + 1) {
        rc = read_at(copy->from, JOURNAL_FACTS, next, &item, err);
        if (rc == 1 && item.seq != next)
            rc = err_set(err, ERR_CORRUPT, "position %" PRIu64 " is missing", next);
        if (rc < 0)
            return err_prefix(err, "fact %" PRIu64, next);
        if (rc == 0)
            break;
        rc = append(copy, JOURNAL_FACTS, &item, err);
        copy->facts = item.seq;
    }
    return rc < 0 ? rc : flush(copy, err);
}

static bool is_more(struct copy *copy)
{
    struct journal_stats now;
    journal_stats(copy->from, &now);
    return journal_is_shared(copy->from) && now.unfinished > 0;
}

/* Work in a cluster can be had by taking only, so much at a time: what is durable there
 * is finished here. */
static int copy_articles(struct copy *copy, struct err *err)
{
    struct journal_item item;
    uint64_t taken[FLUSH_EVERY];
    size_t count = 0;
    bool shared = journal_is_shared(copy->from);
    int rc;
    (void)journal_want(copy->from, UINT32_MAX);
    for (;;) {
        rc = journal_take(copy->from, &item, err);
        if (rc == 1) {
            rc = append(copy, JOURNAL_ARTICLES, &item, err);
            taken[count++] = item.seq;
            copy->articles++;
        } else if (rc == ERR_CORRUPT) {
            rc = 0; /* it was set aside, and goes with the dead letters */
        } else if (rc == 0 && count == 0 && !is_more(copy)) {
            break;
        } else if (rc == 0) {
            wait_for(copy->from);
        }
        if (rc < 0)
            return rc;
        if (count == FLUSH_EVERY || (rc == 0 && count > 0)) {
            if ((rc = flush(copy, err)) < 0)
                return rc;
            for (size_t i = 0; shared && rc == 0 && i < count; i++)
                rc = journal_finish(copy->from, taken[i], err);
            if (rc < 0)
                return rc;
            count = 0;
        }
    }
    return flush(copy, err);
}

static int dead_at(struct journal *journal, uint64_t from, struct journal_item *out,
                   struct err *err)
{
    struct journal_outcome none;
    uint64_t begun_ms = clock_now_ms();
    int rc = journal_dead(journal, from, out, err);
    while (rc == ERR_FULL && clock_now_ms() - begun_ms < PATIENCE_MS) {
        wait_for(journal);
        (void)journal_settle(journal, &none);
        rc = journal_dead(journal, from, out, err);
    }
    return rc;
}

static int copy_dead(struct copy *copy, struct err *err)
{
    struct journal_item item;
    int rc;
    for (uint64_t from = 1; (rc = dead_at(copy->from, from, &item, err)) == 1;
         from = item.seq + 1) {
        if (item.id.len == 0)
            return err_set(err, ERR_CORRUPT, "dead letter %" PRIu64 " is damaged",
                           item.seq);
        rc = append(copy, JOURNAL_ARTICLES, &item, err);
        if (rc == 0)
            rc = flush(copy, err);
        if (rc == 0)
            rc = journal_put_aside(copy->to, copy->settled_seq, &item, err);
        if (rc < 0 && rc != ERR_NOTFOUND)
            return rc;
        copy->dead++;
    }
    return rc < 0 ? rc : flush(copy, err);
}

static int copy_marks(struct copy *copy, struct err *err)
{
    struct journal_mark mark;
    struct buf after = {0};
    int rc;
    while ((rc = journal_next_mark(copy->from, buf_str(&after), &mark, err)) == 1) {
        rc = journal_mark(copy->to, mark.name, mark.position, err);
        if (rc < 0)
            break;
        buf_clear(&after);
        buf_add_str(&after, mark.name);
        copy->marks++;
    }
    buf_fini(&after);
    return rc < 0 ? rc : flush(copy, err);
}

/* Dead letters go first: what is work there when they come would be given to a worker. */
static int copy_all(struct copy *copy, struct err *err)
{
    int rc = copy_facts(copy, err);
    if (rc >= 0)
        rc = copy_dead(copy, err);
    if (rc >= 0)
        rc = copy_articles(copy, err);
    if (rc >= 0)
        rc = copy_marks(copy, err);
    show(copy, true);
    return rc;
}

int broker_copy(const char *from, const char *to, uint64_t map_bytes, struct err *err)
{
    const struct journal_options options = {.map_bytes = map_bytes};
    struct copy copy = {.shows = isatty(STDERR_FILENO)};
    int rc = journal_open(from, &options, &copy.from, err);
    if (rc == 0)
        rc = journal_open(to, &options, &copy.to, err);
    if (rc == 0)
        rc = copy_all(&copy, err);
    journal_close(&copy.to);
    journal_close(&copy.from);
    if (rc < 0)
        return err_prefix(err, "copy %s to %s", from, to);
    printf("facts to %" PRIu64 ", articles to be read %" PRIu64 ", dead letters %" PRIu64
           ", consumers %" PRIu64 "\n",
           copy.facts, copy.articles, copy.dead, copy.marks);
    return 0;
}
