#include "tests/contract/journal_model.h"

#include "broker/journal_lmdb.h"
#include "broker/journal_mem.h"

#include <errno.h>
#include <stdio.h>

static const char *const names[NAMES] = {"web", "sqlite", "a name with \x01"};

void model_open_small(struct fixture *f)
{
    if (!fixture_is_mem(f))
        ((struct lmdb *)journal_impl(f->journal))->ids_waiting_max = 16;
}

struct row *model_row_at(struct kept *kept, enum journal_stream stream, uint64_t seq)
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

void model_same_item(struct run *run, const struct row *row,
                     const struct journal_item *item)
{
    char id[24];

    assert_true(str_eq(item->id, id_of(row, id)));
    assert_true(str_eq(item->bytes, bytes_of(run->model, row)));
}

uint64_t model_below(struct run *run, uint64_t bound)
{
    return random_below(&run->random, bound);
}

/* A number of an article, now and then one that is not there. */
static uint64_t any_seq(struct run *run, enum journal_stream stream)
{
    return model_below(run, run->model->now.count[stream] + 2);
}

static void forget_taken(struct model *model)
{
    model->take_next = 1;
    model->held.count = model->ready.count = 0;
}

static void step_append(struct run *run)
{
    struct model *model = run->model;
    enum journal_stream stream = (enum journal_stream)model_below(run, JOURNAL_STREAMS);
    struct row row = {.id = (int)model_below(run, model->now.count[stream] * 5 / 4 + 3),
                      .variant = model_below(run, 10) == 0,
                      .state = stream == JOURNAL_ARTICLES ? WORK : FINISHED};
    struct journal_outcome outcome = {.ticket = ++model->tickets, .stream = stream};
    uint64_t *count = &model->now.count[stream], ticket;
    char id[24];

    if (*count == MAX_ROWS || model->outcomes == 4 * STEPS) {
        model->tickets--;
        return;
    }
    for (uint64_t seq = 1; seq <= *count && outcome.seq == 0; seq++) {
        const struct row *old = model_row_at(&model->now, stream, seq);
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

void model_flush(struct run *run)
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
        const struct row *row = model_row_at(&model->now, JOURNAL_ARTICLES, seq);
        if (row && row->state == WORK)
            return seq;
    }
    while (model->take_next <= model->now.count[JOURNAL_ARTICLES]) {
        const struct row *row =
            model_row_at(&model->now, JOURNAL_ARTICLES, model->take_next++);
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
    const struct row *row = model_row_at(&run->model->now, JOURNAL_ARTICLES, seq);
    assert_int_equal(item.seq, seq);
    assert_int_equal(item.deaths, row->deaths);
    assert_int_equal(item.failures, row->failures);
    assert_int_equal(item.begun, row->begun);
    model_same_item(run, row, &item);
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
    struct row *row = model_row_at(&run->model->now, JOURNAL_ARTICLES, seq);

    if (row && row->state == WORK)
        row->state = FINISHED;
    if (run->fixture)
        assert_int_equal(journal_finish(run->fixture->journal, seq, NULL), 0);
}

/* Release, bury or revive. */
static void step_move(struct run *run)
{
    struct model *model = run->model;
    uint64_t seq = any_seq(run, JOURNAL_ARTICLES), way = model_below(run, 3);
    struct journal_release release = {(uint32_t)model_below(run, 5),
                                      (uint32_t)model_below(run, 5), STR("because")};
    struct row *row = model_row_at(&model->now, JOURNAL_ARTICLES, seq);
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
    struct row *row = model_row_at(&model->now, JOURNAL_ARTICLES, seq);
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
    uint64_t i = model_below(run, NAMES), position = model_below(run, 1000), got;
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
    uint64_t i = model_below(run, NAMES);
    struct kept *now = &run->model->now;

    if (run->fixture)
        assert_int_equal(journal_forget(run->fixture->journal, str_of(names[i]), NULL),
                         now->marked[i] ? 0 : ERR_NOTFOUND);
    now->marked[i] = false;
}

static void step_trim(struct run *run)
{
    struct model *model = run->model;
    enum journal_stream stream = (enum journal_stream)model_below(run, JOURNAL_STREAMS);
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
    enum journal_stream stream = (enum journal_stream)model_below(run, JOURNAL_STREAMS);
    uint64_t from = any_seq(run, stream), seq = from;
    struct journal_item item;

    if (run->fixture == NULL)
        return;
    const struct row *row = model_row_at(&model->now, stream, from);
    assert_int_equal(journal_get(run->fixture->journal, stream, from, &item, NULL),
                     row != NULL);
    if (row)
        model_same_item(run, row, &item);
    while (seq <= model->durable.count[stream] && !model_row_at(&model->now, stream, seq))
        seq++;
    bool is = seq <= model->durable.count[stream];
    assert_int_equal(journal_read(run->fixture->journal, stream, from, &item, NULL), is);
    if (is) {
        assert_int_equal(item.seq, seq);
        model_same_item(run, model_row_at(&model->now, stream, seq), &item);
    }
}

static void step_dead(struct run *run)
{
    struct kept *now = &run->model->now;
    uint64_t seq = any_seq(run, JOURNAL_ARTICLES), from = seq;
    struct journal_item item;

    for (; seq <= now->count[JOURNAL_ARTICLES]; seq++) {
        const struct row *row = model_row_at(now, JOURNAL_ARTICLES, seq);
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
        model_same_item(run, model_row_at(now, JOURNAL_ARTICLES, seq), &item);
    }
}

void model_crash(struct model *model)
{
    model->now = model->durable;
    model->outcomes = 0;
    forget_taken(model);
}

void model_crash_both(struct run *run)
{
    model_crash(run->model);
    if (run->fixture == NULL)
        return;
    if (!fixture_is_mem(run->fixture))
        run->model->tickets = 0;
    fixture_crash(run->fixture);
    model_open_small(run->fixture);
}

void model_step(struct run *run)
{
    static void (*const steps[])(struct run *) = {
        step_append, step_append, step_append, step_append, step_append, step_append,
        model_flush, step_take,   step_take,   step_take,   step_finish, step_finish,
        step_move,   step_move,   step_mark,   step_trim,   step_read,   step_read,
        step_dead,   step_begin,  step_begin,  step_forget,
    };
    uint64_t rare = model_below(run, 100);

    if (rare == 0)
        model_crash_both(run);
    else if (rare == 1)
        step_failed_flush(run);
    else
        steps[model_below(run, sizeof steps / sizeof *steps)](run);
}
