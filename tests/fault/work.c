#include "tests/fault/work.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define RECOVERIES 3
#define GROUP      4
#define TEXT_BYTES 9000

struct work {
    struct journal *journal;
    struct ledger *ledger;
    void (*told)(uint64_t number);
    uint64_t mark; /* set, and not yet held by a flush */
};

struct ledger *ledger_new(void)
{
    void *at = mmap(NULL, sizeof(struct ledger), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

void ledger_free(struct ledger *ledger)
{
    munmap(ledger, sizeof *ledger);
}

static struct str text_of(uint64_t number, char text[TEXT_BYTES])
{
    size_t len = number % 9 == 0 ? TEXT_BYTES - 1 : 40 + number * 37 % 1500;
    memset(text, 'a' + (int)(number % 26), len);
    return str_make(text, (size_t)len);
}

static struct str id_of(uint64_t number, char id[16])
{
    return str_make(id, (size_t)snprintf(id, 16, "n%u", (unsigned)number));
}

/* ---- the broker's part ---- */

static void settle(struct work *work, const uint64_t *number_of)
{
    struct journal_outcome outcome;
    while (journal_settle(work->journal, &outcome) == 1) {
        uint64_t number = number_of[outcome.ticket % (2 * WORK_ARTICLES)];
        uint64_t *place = outcome.stream == JOURNAL_ARTICLES
                              ? &work->ledger->article[number]
                              : &work->ledger->fact[number];
        if (outcome.error)
            continue;
        *place = outcome.seq;
        if (work->told)
            work->told(number + (outcome.stream == JOURNAL_FACTS ? WORK_ARTICLES : 0));
    }
}

/* 0, or the broker gives up. A flush that failed is not tried again: the journal is
 * opened anew, and what was not acknowledged is put again by whoever has it. */
static int make_durable(struct work *work, const uint64_t *number_of)
{
    int rc = journal_flush(work->journal, NULL);
    settle(work, number_of);
    if (rc == 0 && work->mark) {
        work->ledger->marked = work->mark;
        work->mark = 0;
    }
    if (rc == 0)
        return 0;
    work->ledger->degraded++;
    work->mark = 0;
    for (int i = 0; i < RECOVERIES; i++)
        if (journal_recover(work->journal, NULL) == 0) {
            work->ledger->recovered++;
            settle(work, number_of);
            return 0;
        }
    return -1;
}

/* Put those of [from, to) that are not acknowledged. */
static int put(struct work *work, enum journal_stream stream, uint64_t from, uint64_t to)
{
    const uint64_t *done =
        stream == JOURNAL_ARTICLES ? work->ledger->article : work->ledger->fact;
    uint64_t number_of[2 * WORK_ARTICLES] = {0}, ticket;
    char text[TEXT_BYTES], id[16];
    for (int attempt = 0; attempt < 3; attempt++) {
        uint64_t missing = 0;
        for (uint64_t n = from; n < to; n++) {
            if (done[n])
                continue;
            missing++;
            if (journal_append(work->journal, stream, id_of(n, id), text_of(n, text),
                               &ticket, NULL) == 0)
                number_of[ticket % (2 * WORK_ARTICLES)] = n;
        }
        if (missing == 0)
            return 0;
        if (make_durable(work, number_of) < 0)
            return -1;
    }
    return 0; /* told busy: the feeder comes again later */
}

/* Give out, collect, finish; one in seven fails, one in eleven is buried. */
static int read_some(struct work *work, int count)
{
    static const struct journal_release failed = {0, 1, STR("as asked")};
    struct journal_item item;
    while (count-- > 0 && journal_take(work->journal, &item, NULL) == 1) {
        uint64_t seq = item.seq, number = 0;
        str_to_u64(str_from(item.id, 1), &number);
        journal_begin(work->journal, seq, NULL);
        if (number % 11 == 10) {
            journal_bury(work->journal, seq, &failed, NULL);
        } else if (number % 7 == 6 && item.failures == 0) {
            journal_release(work->journal, seq, &failed, NULL);
        } else {
            if (put(work, JOURNAL_FACTS, number, number + 1) < 0)
                return -1;
            if (work->ledger->fact[number])
                journal_finish(work->journal, seq, NULL);
        }
    }
    return 0;
}

static int mark_and_trim(struct work *work)
{
    static const uint64_t nothing[2 * WORK_ARTICLES];
    struct journal_stats stats;
    journal_stats(work->journal, &stats);
    uint64_t read = stats.last[JOURNAL_FACTS] / 2;
    if (read < 2 || stats.degraded)
        return 0;
    if (journal_mark(work->journal, STR("web"), read, NULL) == 0)
        work->mark = read;
    work->ledger->trimmed = read - 1;
    journal_trim(work->journal, JOURNAL_FACTS, read - 1, NULL);
    return make_durable(work, nothing);
}

static void replay(struct work *work)
{
    struct journal_item item;
    for (uint64_t at = 1;
         journal_read(work->journal, JOURNAL_FACTS, at, &item, NULL) == 1;)
        at = item.seq + 1;
}

static int half(struct work *work, uint64_t from, uint64_t to)
{
    for (uint64_t at = from; at < to; at += GROUP)
        if (put(work, JOURNAL_ARTICLES, at, at + GROUP < to ? at + GROUP : to) < 0 ||
            read_some(work, GROUP - 1) < 0)
            return -1;
    replay(work);
    return mark_and_trim(work);
}

int work_run(const char *uri, struct ledger *ledger, void (*told)(uint64_t number))
{
    const struct journal_options options = {.map_bytes = 16 << 20};
    struct work work = {.ledger = ledger, .told = told};
    for (int run = 0; run < 2; run++) {
        if (journal_open(uri, &options, &work.journal, NULL) < 0)
            return 111;
        int rc = half(&work, run ? WORK_ARTICLES / 2 : 0,
                      run ? WORK_ARTICLES : WORK_ARTICLES / 2);
        journal_close(&work.journal);
        if (rc < 0)
            return 111;
    }
    return 0;
}

/* ---- what must hold ---- */

static void print_finding(void *context, const char *finding)
{
    (void)context;
    printf("  check: %s\n", finding);
}

static int wrong(const char *what, uint64_t number)
{
    printf("  broken: %s (%llu)\n", what, (unsigned long long)number);
    return 1;
}

/* Positions ascend without a hole, ids stand once, bytes are what was put. */
static int check_stream(struct journal *journal, enum journal_stream stream,
                        const uint64_t promised[WORK_ARTICLES], uint64_t trimmed)
{
    uint64_t at_seq[WORK_ARTICLES] = {0}, number;
    struct journal_item item;
    char text[TEXT_BYTES], id[16];
    int bad = 0, rc;
    uint64_t expected = 0;
    for (uint64_t at = 1; (rc = journal_read(journal, stream, at, &item, NULL)) == 1;
         at = item.seq + 1) {
        if (expected ? item.seq != expected : item.seq > 1 && item.seq > trimmed)
            bad += wrong("a hole in the positions", item.seq);
        expected = item.seq + 1;
        if (!str_to_u64(str_from(item.id, 1), &number) || number >= WORK_ARTICLES)
            return wrong("an id nobody gave", item.seq);
        if (at_seq[number])
            bad += wrong("an id stands twice", number);
        at_seq[number] = item.seq;
        if (!str_eq(item.id, id_of(number, id)) ||
            !str_eq(item.bytes, text_of(number, text)))
            bad += wrong("other bytes than were put", number);
    }
    if (rc < 0)
        bad += wrong("cannot be read", 0);
    for (uint64_t n = 0; n < WORK_ARTICLES; n++)
        if (promised[n] && promised[n] >= trimmed && at_seq[n] != promised[n])
            bad += wrong("acknowledged and lost", n);
    return bad;
}

/* Every promised article is work, dead, or has its facts. */
static int check_ends(struct journal *journal, const struct ledger *ledger)
{
    bool open[WORK_ARTICLES] = {false};
    struct journal_item item;
    uint64_t number, position;
    int bad = 0;
    while (journal_take(journal, &item, NULL) == 1)
        if (str_to_u64(str_from(item.id, 1), &number) && number < WORK_ARTICLES)
            open[number] = true;
    for (uint64_t at = 0; journal_dead(journal, at, &item, NULL) == 1; at = item.seq + 1)
        if (str_to_u64(str_from(item.id, 1), &number) && number < WORK_ARTICLES)
            open[number] = true;
    for (uint64_t n = 0; n < WORK_ARTICLES; n++)
        if (ledger->article[n] && !ledger->fact[n] && !open[n]) {
            /* Its facts may be there unacknowledged; then it may be finished only after.
             */
            bad += wrong("an article is neither work, dead nor read", n);
        }
    if (ledger->marked && (journal_marked(journal, STR("web"), &position) != 1 ||
                           position < ledger->marked))
        bad += wrong("a mark is lost", ledger->marked);
    return bad;
}

int work_check(const char *uri, const struct ledger *ledger)
{
    const struct journal_options options = {.map_bytes = 16 << 20};
    struct journal *journal = NULL;
    struct journal_outcome outcome;
    struct err err = {0};
    uint64_t ticket;
    if (journal_open(uri, &options, &journal, &err) < 0) {
        printf("  broken: %s\n", err.text);
        return 1;
    }
    int bad = journal_check(journal, print_finding, NULL, &err) != 0;
    bad += check_stream(journal, JOURNAL_ARTICLES, ledger->article, 0);
    bad += check_stream(journal, JOURNAL_FACTS, ledger->fact, ledger->trimmed);
    bad += check_ends(journal, ledger);
    if (journal_append(journal, JOURNAL_FACTS, STR("after"), STR("x"), &ticket, &err) <
            0 ||
        journal_flush(journal, &err) < 0 || journal_settle(journal, &outcome) != 1 ||
        outcome.error)
        bad += wrong("nothing can be put afterwards", 0);
    journal_close(&journal);
    return bad;
}

int work_check_apart(const char *uri, const struct ledger *ledger)
{
    int status;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        int bad = work_check(uri, ledger);
        fflush(stdout);
        _exit(bad ? 1 : 0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return 1;
    if (WIFSIGNALED(status))
        return wrong("the reader was killed by a signal", (uint64_t)WTERMSIG(status));
    return WEXITSTATUS(status);
}
