#include "tests/support/check.h"

#include "broker/journal.h"
#include "broker/note.h"

static void an_article_of_nobody_in_the_live_lane_needs_no_note(void **state)
{
    struct buf out = {0};
    struct note note;
    (void)state;
    note_begin(NOTE_LIVE, STR(NOTE_NO_FEED), &out);
    assert_int_equal(out.len, 0);
    note_read(STR_NONE, &note);
    assert_int_equal(note.lane, NOTE_LIVE);
    assert_str(note.feed, "-");
    assert_int_equal(note.history.len, 0);
}

static void feed_and_lane_come_back(void **state)
{
    struct buf out = {0};
    struct note note;
    (void)state;
    note_begin(NOTE_BACKFILL, STR("agency"), &out);
    note_read(buf_str(&out), &note);
    assert_int_equal(note.lane, NOTE_BACKFILL);
    assert_str(note.feed, "agency");
    assert_int_equal(note.history.len, 0);
    buf_fini(&out);
}

static void what_a_worker_says_cannot_steer_a_terminal(void **state)
{
    struct buf out = {0};
    const struct note_attempt odd = {0, STR("w\x1b\xc2\x9b"), "failed",
                                     STR("a\xe2\x80\xa8\xff")};
    (void)state;
    note_add(STR_NONE, &odd, &out);
    assert_str(buf_str(&out), "1970-01-01T00:00:00.000Z w?? failed a??");
    buf_fini(&out);
}

static void attempts_are_lines_oldest_first(void **state)
{
    struct buf one = {0}, two = {0}, three = {0};
    struct note note;
    (void)state;
    const struct note_attempt died = {0, STR("pool 1/7"), "died", STR("the worker died")};
    const struct note_attempt failed = {1000, STR("w2"), "failed", STR("limit:\nlong")};
    note_begin(NOTE_BACKFILL, STR("agency"), &one);
    note_add(buf_str(&one), &died, &two);
    note_add(buf_str(&two), &failed, &three);
    assert_str(buf_str(&three), "@backfill agency\n"
                                "1970-01-01T00:00:00.000Z pool_1/7 died the worker died\n"
                                "1970-01-01T00:00:01.000Z w2 failed limit: long");
    note_read(buf_str(&three), &note);
    assert_str(note.feed, "agency");
    buf_fini(&one);
    buf_fini(&two);
    buf_fini(&three);
}

static void a_full_note_forgets_the_oldest_attempts(void **state)
{
    struct buf text = {0};
    struct note note;
    char reason[300], worker[300];
    (void)state;
    memset(reason, 'r', sizeof reason);
    memset(worker, 'w', sizeof worker);
    note_begin(NOTE_LIVE, STR("agency"), &text);
    for (uint64_t n = 0; n < 50; n++) {
        const struct note_attempt attempt = {n * 1000, str_make(worker, sizeof worker),
                                             "failed", str_make(reason, sizeof reason)};
        struct buf next = {0};
        note_add(buf_str(&text), &attempt, &next);
        buf_fini(&text);
        text = next;
        assert_true(text.len <= JOURNAL_NOTE_BYTES);
    }
    note_read(buf_str(&text), &note);
    assert_str(note.feed, "agency");
    struct str line = STR_NONE;
    int lines = 0;
    for (struct str rest = note.history; str_split(&rest, '\n', &line) == 1; lines++)
        continue;
    assert_true(lines >= 5);
    assert_true(str_starts(line, STR("1970-01-01T00:00:49.000Z")));
    buf_fini(&text);
}

static void what_an_older_program_left_is_history(void **state)
{
    struct note note;
    (void)state;
    note_read(STR("worker w1 died of it"), &note);
    assert_str(note.feed, "-");
    assert_str(note.history, "worker w1 died of it");
    note_read(STR("@nonsense"), &note);
    assert_str(note.feed, "-");
}

static void a_cut_leaves_whole_characters(void **state)
{
    struct buf out = {0};
    char reason[101];
    (void)state;
    memset(reason, 'a', sizeof reason);
    memcpy(reason + 99, "\xc3\xa9", 2);
    const struct note_attempt attempt = {0, STR("w"), "failed", str_make(reason, 101)};
    note_add(STR_NONE, &attempt, &out);
    assert_int_equal(out.ptr[out.len - 1], 'a');
    buf_fini(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_article_of_nobody_in_the_live_lane_needs_no_note),
        cmocka_unit_test(feed_and_lane_come_back),
        cmocka_unit_test(what_a_worker_says_cannot_steer_a_terminal),
        cmocka_unit_test(attempts_are_lines_oldest_first),
        cmocka_unit_test(a_full_note_forgets_the_oldest_attempts),
        cmocka_unit_test(what_an_older_program_left_is_history),
        cmocka_unit_test(a_cut_leaves_whole_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
