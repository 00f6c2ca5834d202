/* Random calls on a journal beside a model of what it promises, over crashes, failed
 * flushes and (lmdb) killed processes. WARTA_SEED=n repeats one run; a failure prints its
 * seed. */

#include "tests/contract/journal_model.h"

#include "proto/base/mem.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS 12

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
            const struct row *row = model_row_at(&model->now, stream, seq);
            int rc = journal_get(run->fixture->journal, stream, seq, &item, NULL);
            assert_int_equal(rc, row != NULL);
            if (row == NULL)
                continue;
            model_same_item(run, row, &item);
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
    int count = (int)model_below(run, 60) + 1, status;

    model_flush(run);
    model_crash_both(run);
    journal_close(&f->journal);
    pid_t pid = fork();
    if (pid == 0) {
        if (journal_open(f->uri, &f->options, &f->journal, NULL) < 0)
            _exit(2);
        model_open_small(f);
        for (int i = 0; i < count; i++)
            model_step(run);
        kill(getpid(), SIGKILL);
    }
    run->fixture = NULL;
    for (int i = 0; i < count; i++)
        model_step(run);
    run->fixture = f;
    waitpid(pid, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    model_crash(run->model);
    run->model->tickets = 0;
    struct err err = {0};
    assert_ok(journal_open(f->uri, &f->options, &f->journal, &err), &err);
    model_open_small(f);
    compare_all(run);
}

static void one_run(const char *engine, uint64_t seed)
{
    struct run run = {.fixture = fixture_new(engine),
                      .model = mem_zero(1, sizeof *run.model)};

    print_message("%s: WARTA_SEED=%llu\n", engine, (unsigned long long)seed);
    random_seed(&run.random, seed);
    run.model->take_next = 1;
    model_open_small(run.fixture);
    for (int i = 0; i < STEPS; i++) {
        model_step(&run);
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
