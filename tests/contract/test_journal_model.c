/* Random calls on a journal beside a model of what it promises, over crashes, failed
 * flushes and (lmdb) killed processes. The model predicts every answer, so that a child
 * can act on the journal and be killed while the parent only follows. WARTA_SEED=n
 * repeats one run; a failure prints its seed. */

#include "tests/contract/journal_fixture.h"

#include "broker/journal_lmdb.h"
#include "broker/journal_mem.h"
#include "proto/base/mem.h"
#include "proto/base/random.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ROWS  900 /* one trim walks them all */
#define MAX_BYTES 9000
#define NAMES     3
#define RUNS      12
#define STEPS     1500

enum state { FINISHED, WORK, DEAD };

struct row {
    int id, variant;
    enum state state;
    uint32_t deaths, failures, begun;
    bool dropped;
};

/* What is kept over a crash. */
struct kept {
    struct row row[JOURNAL_STREAMS][MAX_ROWS];
    uint64_t count[JOURNAL_STREAMS];
    uint64_t mark[NAMES];
    bool marked[NAMES];
};

static const char *const names[NAMES] = {"web", "sqlite", "a name with \x01"};

struct queue {
    uint64_t item[4 * MAX_ROWS];
    int count;
};

struct model {
    struct kept now, durable;
    uint64_t take_next;
    struct queue held, ready;
    struct journal_outcome outcome[4 * STEPS];
    int outcomes;
    uint64_t tickets;
    char bytes[MAX_BYTES];
};

struct run {
    struct fixture *fixture; /* NULL: only the model moves */
    struct model *model;
    struct random random;
};

/* Few ids may wait in memory, so that the table is used as in a large journal. */
static void open_small(struct fixture *f)
{
    if (!fixture_is_mem(f))
        ((struct lmdb *)journal_impl(f->journal))->ids_waiting_max = 16;
}

static struct row *row_at(struct kept *kept, enum journal_stream stream, uint64_t seq)
{
    if (seq < 1 || seq > kept->count[stream] || kept->row[stream][seq - 1].dropped)
        return NULL;
    return &kept->row[stream][seq - 1];
}

static struct str id_of(const struct row *row, char text[24])
{
    return str_make(text, (size_t)snprintf(text, 24, "id-%d", row->id));
}

static struct str bytes_of(struct model *model, const struct row *row)
{
    size_t len = (size_t)row->id * 397 % MAX_BYTES;

    if (row->id % 3)
        len %= 1200;
    memset(model->bytes, 'a' + row->id % 26, len);
    if (len)
        model->bytes[len / 2] = (char)('0' + row->variant);
    return str_make(model->bytes, len);
}

static void same_item(struct run *run, const struct row *row,
                      const struct journal_item *item)
{
    char id[24];

    assert_true(str_eq(item->id, id_of(row, id)));
    assert_true(str_eq(item->bytes, bytes_of(run->model, row)));
}

static uint64_t below(struct run *run, uint64_t bound)
{
    return random_below(&run->random, bound);
}

/* A number of an article, now and then one that is not there. */
static uint64_t any_seq(struct run *run, enum journal_stream stream)
{
    return below(run, run->model->now.count[stream] + 2);
}

static void forget_taken(struct model *model)
{
    model->take_next = 1;
    model->held.count = model->ready.count = 0;
}

static void step_append(struct run *run)
{
    struct model *model = run->model;
    enum journal_stream stream = (enum journal_stream)below(run, JOURNAL_STREAMS);
    struct row row = {.id = (int)below(run, model->now.count[stream] * 5 / 4 + 3),
                      .variant = below(run, 10) == 0,
                      .state = stream == JOURNAL_ARTICLES ? WORK : FINISHED};
    struct journal_outcome outcome = {.ticket = ++model->tickets, .stream = stream};
    uint64_t *count = &model->now.count[stream], ticket;
    char id[24];

    if (*count == MAX_ROWS || model->outcomes == 4 * STEPS) {
        model->tickets--;
        return;
    }
    for (uint64_t seq = 1; seq <= *count && outcome.seq == 0; seq++) {
        const struct row *old = row_at(&model->now, stream, seq);
        if (old && old->id == row.id) {
            outcome.seq = seq;
            outcome.duplicate = true;
            outcome.differs = bytes_of(model, old).len > 0 && old->variant != row.variant;
        }
    }
    if (!outcome.duplicate) {
        model->now.row[stream][(*count)++] = row;
        outcome.seq = *count;
    }
    model->outcome[model->outcomes++] = outcome;
    if (run->fixture) {
        assert_int_equal(journal_append(run->fixture->journal, stream, id_of(&row, id),
                                        bytes_of(model, &row), &ticket, NULL),
                         0);
        assert_int_equal(ticket, outcome.ticket);
    }
}

static void settle(struct run *run)
{
    struct journal_outcome outcome;

    for (int i = 0; run->fixture && i < run->model->outcomes; i++) {
        const struct journal_outcome *want = &run->model->outcome[i];
        assert_int_equal(journal_settle(run->fixture->journal, &outcome), 1);
        assert_int_equal(outcome.ticket, want->ticket);
        assert_int_equal(outcome.error, want->error);
        assert_int_equal(outcome.seq, want->seq);
        assert_int_equal(outcome.duplicate, want->duplicate);
        assert_int_equal(outcome.differs, want->differs);
    }
    if (run->fixture)
        assert_int_equal(journal_settle(run->fixture->journal, &outcome), 0);
    run->model->outcomes = 0;
}

static void step_flush(struct run *run)
{
    struct model *model = run->model;

    if (run->fixture)
        flush(run->fixture);
    settle(run);
    model->durable = model->now;
    for (int i = 0; i < model->held.count; i++)
        model->ready.item[model->ready.count++] = model->held.item[i];
    model->held.count = 0;
}

static void step_failed_flush(struct run *run)
{
    struct model *model = run->model;
    struct fixture *f = run->fixture;
    struct err err = {0};

    if (memcmp(&model->now, &model->durable, sizeof model->now) == 0)
        return;
    for (int i = 0; i < model->outcomes; i++)
        model->outcome[i] = (struct journal_outcome){.ticket = model->outcome[i].ticket,
                                                     .error = ERR_SYSTEM};
    model->now = model->durable;
    forget_taken(model);
    if (f && fixture_is_mem(f))
        journal_mem_fail_flush(f->journal, ERR_SYSTEM);
    else if (f)
        ((struct lmdb *)journal_impl(f->journal))->fail_commit = EPERM;
    if (f)
        assert_int_equal(journal_flush(f->journal, NULL), ERR_SYSTEM);
    settle(run);
    if (f)
        assert_ok(journal_recover(f->journal, &err), &err);
}

static uint64_t model_take(struct model *model)
{
    while (model->ready.count > 0) {
        uint64_t seq = model->ready.item[0];
        memmove(model->ready.item, model->ready.item + 1,
                (size_t)--model->ready.count * sizeof seq);
        const struct row *row = row_at(&model->now, JOURNAL_ARTICLES, seq);
        if (row && row->state == WORK)
            return seq;
    }
    while (model->take_next <= model->now.count[JOURNAL_ARTICLES]) {
        const struct row *row = row_at(&model->now, JOURNAL_ARTICLES, model->take_next++);
        if (row && row->state == WORK)
            return model->take_next - 1;
    }
    return 0;
}

static void step_take(struct run *run)
{
    struct journal_item item;
    uint64_t seq = model_take(run->model);

    if (run->fixture == NULL)
        return;
    assert_int_equal(journal_take(run->fixture->journal, &item, NULL), seq > 0);
    if (seq == 0)
        return;
    const struct row *row = row_at(&run->model->now, JOURNAL_ARTICLES, seq);
    assert_int_equal(item.seq, seq);
    assert_int_equal(item.deaths, row->deaths);
    assert_int_equal(item.failures, row->failures);
    assert_int_equal(item.begun, row->begun);
    same_item(run, row, &item);
}

static bool is_queued(const struct model *model, uint64_t seq)
{
    for (int i = 0; i < model->held.count; i++)
        if (model->held.item[i] == seq)
            return true;
    for (int i = 0; i < model->ready.count; i++)
        if (model->ready.item[i] == seq)
            return true;
    return false;
}

static void step_finish(struct run *run)
{
    uint64_t seq = any_seq(run, JOURNAL_ARTICLES);
    struct row *row = row_at(&run->model->now, JOURNAL_ARTICLES, seq);

    if (row && row->state == WORK)
        row->state = FINISHED;
    if (run->fixture)
        assert_int_equal(journal_finish(run->fixture->journal, seq, NULL), 0);
}

/* Release, bury or revive. */
static void step_move(struct run *run)
{
    struct model *model = run->model;
    uint64_t seq = any_seq(run, JOURNAL_ARTICLES), way = below(run, 3);
    struct journal_release release = {(uint32_t)below(run, 5), (uint32_t)below(run, 5),
                                      STR("because")};
    struct row *row = row_at(&model->now, JOURNAL_ARTICLES, seq);
    int want = 0, got = 0;

    if (row == NULL || row->state != (way == 2 ? DEAD : WORK))
        want = ERR_NOTFOUND;
    else if (way != 2 && (seq >= model->take_next || is_queued(model, seq)))
        want = ERR_STATE;
    if (want == 0) {
        row->state = way == 1 ? DEAD : WORK;
        row->begun = 0;
        row->deaths = way == 2 ? 0 : release.deaths;
        row->failures = way == 2 ? 0 : release.failures;
        if (way == 0 || (way == 2 && seq < model->take_next))
            model->held.item[model->held.count++] = seq;
    }
    if (run->fixture == NULL)
        return;
    if (way == 0)
        got = journal_release(run->fixture->journal, seq, &release, NULL);
    else if (way == 1)
        got = journal_bury(run->fixture->journal, seq, &release, NULL);
    else
        got = journal_revive(run->fixture->journal, seq, NULL);
    assert_int_equal(got, want);
}

static void step_begin(struct run *run)
{
    struct model *model = run->model;
    uint64_t seq = any_seq(run, JOURNAL_ARTICLES);
    struct row *row = row_at(&model->now, JOURNAL_ARTICLES, seq);
    int want = 0;

    if (row == NULL || row->state != WORK)
        want = ERR_NOTFOUND;
    else if (seq >= model->take_next || is_queued(model, seq))
        want = ERR_STATE;
    else
        row->begun++;
    if (run->fixture)
        assert_int_equal(journal_begin(run->fixture->journal, seq, NULL), want);
}

static void step_mark(struct run *run)
{
    uint64_t i = below(run, NAMES), position = below(run, 1000), got;
    struct kept *now = &run->model->now;

    if (run->fixture) {
        struct journal *journal = run->fixture->journal;
        assert_int_equal(journal_marked(journal, str_of(names[i]), &got), now->marked[i]);
        if (now->marked[i])
            assert_int_equal(got, now->mark[i]);
        assert_int_equal(journal_mark(journal, str_of(names[i]), position, NULL), 0);
    }
    now->marked[i] = true;
    now->mark[i] = position;
}

static void step_forget(struct run *run)
{
    uint64_t i = below(run, NAMES);
    struct kept *now = &run->model->now;

    if (run->fixture)
        assert_int_equal(journal_forget(run->fixture->journal, str_of(names[i]), NULL),
                         now->marked[i] ? 0 : ERR_NOTFOUND);
    now->marked[i] = false;
}

static void step_trim(struct run *run)
{
    struct model *model = run->model;
    enum journal_stream stream = (enum journal_stream)below(run, JOURNAL_STREAMS);
    uint64_t before = any_seq(run, stream), durable = model->durable.count[stream];

    for (uint64_t seq = 1; seq < before && seq <= durable; seq++) {
        struct row *row = &model->now.row[stream][seq - 1];
        if (row->state == FINISHED)
            row->dropped = true;
    }
    if (run->fixture)
        assert_int_equal(journal_trim(run->fixture->journal, stream, before, NULL), 0);
}

static void step_read(struct run *run)
{
    struct model *model = run->model;
    enum journal_stream stream = (enum journal_stream)below(run, JOURNAL_STREAMS);
    uint64_t from = any_seq(run, stream), seq = from;
    struct journal_item item;

    if (run->fixture == NULL)
        return;
    const struct row *row = row_at(&model->now, stream, from);
    assert_int_equal(journal_get(run->fixture->journal, stream, from, &item, NULL),
                     row != NULL);
    if (row)
        same_item(run, row, &item);
    while (seq <= model->durable.count[stream] && !row_at(&model->now, stream, seq))
        seq++;
    bool is = seq <= model->durable.count[stream];
    assert_int_equal(journal_read(run->fixture->journal, stream, from, &item, NULL), is);
    if (is) {
        assert_int_equal(item.seq, seq);
        same_item(run, row_at(&model->now, stream, seq), &item);
    }
}

static void step_dead(struct run *run)
{
    struct kept *now = &run->model->now;
    uint64_t seq = any_seq(run, JOURNAL_ARTICLES), from = seq;
    struct journal_item item;

    for (; seq <= now->count[JOURNAL_ARTICLES]; seq++) {
        const struct row *row = row_at(now, JOURNAL_ARTICLES, seq);
        if (row && row->state == DEAD)
            break;
    }
    if (run->fixture == NULL)
        return;
    bool is = seq <= now->count[JOURNAL_ARTICLES];
    assert_int_equal(journal_dead(run->fixture->journal, from, &item, NULL), is);
    if (is) {
        assert_int_equal(item.seq, seq);
        assert_str(item.note, "because");
        same_item(run, row_at(now, JOURNAL_ARTICLES, seq), &item);
    }
}

static void model_crash(struct model *model)
{
    model->now = model->durable;
    model->outcomes = 0;
    forget_taken(model);
}

static void step_crash(struct run *run)
{
    model_crash(run->model);
    if (run->fixture == NULL)
        return;
    if (!fixture_is_mem(run->fixture))
        run->model->tickets = 0;
    fixture_crash(run->fixture);
    open_small(run->fixture);
}

static void step(struct run *run)
{
    static void (*const steps[])(struct run *) = {
        step_append, step_append, step_append, step_append, step_append, step_append,
        step_flush,  step_take,   step_take,   step_take,   step_finish, step_finish,
        step_move,   step_move,   step_mark,   step_trim,   step_read,   step_read,
        step_dead,   step_begin,  step_begin,  step_forget,
    };
    uint64_t rare = below(run, 100);

    if (rare == 0)
        step_crash(run);
    else if (rare == 1)
        step_failed_flush(run);
    else
        steps[below(run, sizeof steps / sizeof *steps)](run);
}

static void fail_on_finding(void *context, const char *finding)
{
    (void)context;
    print_error("%s\n", finding);
}

/* Everything that can be asked, against the model. */
static void compare_all(struct run *run)
{
    struct model *model = run->model;
    struct journal_stats now = stats(run->fixture);
    struct journal_item item;
    uint64_t unfinished = 0, dead = 0;

    for (int i = 0; i < JOURNAL_STREAMS; i++) {
        enum journal_stream stream = (enum journal_stream)i;
        uint64_t first = 0, durable = model->durable.count[i];
        for (uint64_t seq = 1; seq <= model->now.count[i]; seq++) {
            const struct row *row = row_at(&model->now, stream, seq);
            int rc = journal_get(run->fixture->journal, stream, seq, &item, NULL);
            assert_int_equal(rc, row != NULL);
            if (row == NULL)
                continue;
            same_item(run, row, &item);
            first = first || seq > durable ? first : seq;
            unfinished += row->state == WORK;
            dead += row->state == DEAD;
        }
        assert_int_equal(now.last[i], durable);
        assert_int_equal(now.first[i], first ? first : durable + 1);
    }
    assert_int_equal(now.unfinished, unfinished);
    assert_int_equal(now.dead, dead);
    assert_int_equal(journal_check(run->fixture->journal, fail_on_finding, NULL, NULL),
                     0);
}

/* A child acts and is killed in the middle; the model follows to the same point. */
static void killed_steps(struct run *run)
{
    struct fixture *f = run->fixture;
    int count = (int)below(run, 60) + 1, status;

    step_flush(run);
    step_crash(run);
    journal_close(&f->journal);
    pid_t pid = fork();
    if (pid == 0) {
        if (journal_open(f->uri, &f->options, &f->journal, NULL) < 0)
            _exit(2);
        open_small(f);
        for (int i = 0; i < count; i++)
            step(run);
        kill(getpid(), SIGKILL);
    }
    run->fixture = NULL;
    for (int i = 0; i < count; i++)
        step(run);
    run->fixture = f;
    waitpid(pid, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    model_crash(run->model);
    run->model->tickets = 0;
    struct err err = {0};
    assert_ok(journal_open(f->uri, &f->options, &f->journal, &err), &err);
    open_small(f);
    compare_all(run);
}

static void one_run(const char *engine, uint64_t seed)
{
    struct run run = {.fixture = fixture_new(engine),
                      .model = mem_zero(1, sizeof *run.model)};

    print_message("%s: WARTA_SEED=%llu\n", engine, (unsigned long long)seed);
    random_seed(&run.random, seed);
    run.model->take_next = 1;
    open_small(run.fixture);
    for (int i = 0; i < STEPS; i++) {
        step(&run);
        if (i % 100 == 99)
            compare_all(&run);
        if (i % 300 == 299 && !fixture_is_mem(run.fixture))
            killed_steps(&run);
    }
    fixture_free(run.fixture);
    mem_free(run.model);
}

static void runs(const char *engine)
{
    const char *seed = getenv("WARTA_SEED");

    if (seed) {
        one_run(engine, strtoull(seed, NULL, 10));
        return;
    }
    for (uint64_t i = 1; i <= RUNS; i++)
        one_run(engine, i);
}

static void mem_does_what_the_model_does(void **state)
{
    (void)state;
    runs("mem");
}

static void lmdb_does_what_the_model_does(void **state)
{
    (void)state;
    runs("lmdb");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mem_does_what_the_model_does),
        cmocka_unit_test(lmdb_does_what_the_model_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
