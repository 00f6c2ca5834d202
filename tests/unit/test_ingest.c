#include "tests/support/check.h"

#include "broker/ingest.h"
#include "broker/journal_mem.h"
#include "proto/wire/article.h"
#include "proto/wire/message.h"

#include <stdlib.h>

#define ARTICLE_A                                                                        \
    "\x82\xa2id\xa1"                                                                     \
    "a\xa4text\xa4"                                                                      \
    "halo"
#define ARTICLE_A_OTHER                                                                  \
    "\x82\xa2id\xa1"                                                                     \
    "a\xa4text\xa4"                                                                      \
    "lain"
#define ARTICLE_NAMELESS                                                                 \
    "\x81\xa4text\xa5"                                                                   \
    "dunia"

struct bench {
    struct journal *journal;
    struct share *share;
    struct ingest *ingest;
    struct peers *feeders;
    struct frames message;
    struct arena arena;
    struct message_ack ack;
};

static int begin(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    const struct ingest_limits limits = {3, 1000};
    journal_open("mem:", &(struct journal_options){0}, &b->journal, NULL);
    b->share = share_new();
    b->ingest = ingest_new(b->journal, b->share, &limits);
    b->feeders = peers_new();
    frames_init(&b->message);
    arena_init(&b->arena, 1 << 20);
    *state = b;
    return 0;
}

static int end(void **state)
{
    struct bench *b = *state;
    ingest_free(&b->ingest);
    share_free(&b->share);
    journal_close(&b->journal);
    peers_free(&b->feeders);
    frames_clear(&b->message);
    arena_fini(&b->arena);
    free(b);
    return 0;
}

static void compose(struct bench *b, const char *tag)
{
    frames_clear(&b->message);
    frames_add_text(&b->message, "peer");
    frames_add_text(&b->message, "PUT");
    frames_add_text(&b->message, tag);
}

static const struct ingest_from nobody = {
    .feed = SHARE_REST, .name = {NOTE_NO_FEED, 1}, .lane = NOTE_LIVE};

static uint32_t put(struct bench *b)
{
    struct err err = {0};
    uint32_t appended;
    assert_ok(ingest_put(b->ingest, &b->message, &nobody, &appended, &err), &err);
    return appended;
}

static int flush(struct bench *b)
{
    struct journal_outcome outcome;
    struct err err = {0};
    int rc = journal_flush(b->journal, &err);
    while (journal_settle(b->journal, &outcome) == 1)
        ingest_settled(b->ingest, &outcome, &err);
    return rc;
}

static const struct message_result *answer(struct bench *b, const char *tag,
                                           uint32_t count)
{
    struct err err = {0};
    assert_int_equal(ingest_answer(b->ingest, b->feeders, &b->message), 1);
    assert_str(frames_get(&b->message, 0), "peer");
    assert_str(frames_get(&b->message, 1), "ACK");
    assert_str(frames_get(&b->message, 2), tag);
    assert_ok(record_decode(&message_ack_table, frames_get(&b->message, 3), &b->arena,
                            &b->ack, &err),
              &err);
    assert_int_equal(b->ack.results.count, count);
    return b->ack.results.item;
}

static void an_article_is_acknowledged_when_it_is_durable_and_not_before(void **state)
{
    struct bench *b = *state;
    peers_add(b->feeders, STR("peer"), 0);
    compose(b, "t1");
    frames_add(&b->message, STR(ARTICLE_A));
    assert_int_equal(put(b), 1);
    assert_int_equal(ingest_answer(b->ingest, b->feeders, &b->message), 0);
    assert_int_equal(flush(b), 0);
    const struct message_result *result = answer(b, "t1", 1);
    assert_int_equal(result->status, STATUS_STORED);
    assert_int_equal(result->seq, 1);
    assert_str(result->id, "a");
    assert_int_equal(peers_find(b->feeders, STR("peer"))->stored, 1);
    assert_int_equal(ingest_answer(b->ingest, b->feeders, &b->message), 0);
}

static void one_answer_holds_every_article_in_order(void **state)
{
    struct bench *b = *state;
    compose(b, "");
    frames_add(&b->message, STR("\xc1"));
    frames_add(&b->message, STR(ARTICLE_A));
    frames_add(&b->message, STR(ARTICLE_A));
    frames_add(&b->message, STR(ARTICLE_A_OTHER));
    frames_add(&b->message, STR("\x81\xa4"
                                "tekst\xa1x"));
    assert_int_equal(put(b), 3);
    flush(b);
    const struct message_result *result = answer(b, "", 5);
    assert_int_equal(result[0].status, STATUS_REJECTED);
    assert_str(result[0].error->code, "format");
    assert_int_equal(result[1].status, STATUS_STORED);
    assert_int_equal(result[2].status, STATUS_DUPLICATE);
    assert_int_equal(result[2].seq, 1);
    assert_int_equal(result[3].status, STATUS_REJECTED);
    assert_str(result[3].error->code, "conflict");
    assert_int_equal(result[4].status, STATUS_REJECTED);
}

static void an_article_without_id_gets_one_and_is_stored_with_it(void **state)
{
    struct bench *b = *state;
    struct journal_item item;
    struct article article;
    struct err err = {0};
    compose(b, "t");
    frames_add(&b->message, STR(ARTICLE_NAMELESS));
    put(b);
    flush(b);
    const struct message_result *result = answer(b, "t", 1);
    assert_int_equal(result->id.len, 18);
    assert_int_equal(journal_read(b->journal, JOURNAL_ARTICLES, 1, &item, &err), 1);
    assert_ok(article_decode(item.bytes, &b->arena, &article, &err), &err);
    assert_true(str_eq(article.id, result->id));
    assert_true(str_eq(item.id, result->id));
    assert_str(article.text, "dunia");
}

static void a_full_queue_sends_away(void **state)
{
    struct bench *b = *state;
    compose(b, "t");
    ingest_queue(b->ingest, 2, 20);
    frames_add(&b->message, STR(ARTICLE_A));
    frames_add(&b->message, STR(ARTICLE_NAMELESS));
    assert_int_equal(put(b), 1);
    flush(b);
    const struct message_result *result = answer(b, "t", 2);
    assert_int_equal(result[0].status, STATUS_STORED);
    assert_int_equal(result[1].status, STATUS_BUSY);
    assert_int_not_equal(result[1].retry_ms, 0);
    assert_null(result[1].error);
}

static void a_queue_full_of_bytes_sends_away(void **state)
{
    struct bench *b = *state;
    const struct ingest_limits limits = {1000, 2 * (sizeof ARTICLE_A - 1)};
    ingest_set_limits(b->ingest, &limits);
    compose(b, "t");
    frames_add(&b->message, STR(ARTICLE_A));
    frames_add(&b->message, STR("\x82\xa2id\xa1"
                                "b\xa4text\xa4"
                                "halo"));
    frames_add(&b->message, STR("\x82\xa2id\xa1"
                                "c\xa4text\xa4"
                                "halo"));
    put(b);
    flush(b);
    const struct message_result *result = answer(b, "t", 3);
    assert_int_equal(result[1].status, STATUS_STORED);
    assert_int_equal(result[2].status, STATUS_BUSY);
}

/* One large article beside small ones, or a queue left from the run before. */
static void a_queue_is_full_by_the_bytes_that_wait_not_by_their_mean(void **state)
{
    struct bench *b = *state;
    const struct ingest_limits limits = {1000, 100000};
    ingest_set_limits(b->ingest, &limits);
    compose(b, "t");
    frames_add(&b->message, STR(ARTICLE_A));
    ingest_queue(b->ingest, 1, 100000 - (sizeof ARTICLE_A - 1) + 1);
    put(b);
    assert_int_equal(answer(b, "t", 1)[0].status, STATUS_BUSY);
    ingest_queue(b->ingest, 8, 100000 / 4);
    assert_int_equal(ingest_metrics(b->ingest)->queued_bytes.value, 100000 / 4);
    compose(b, "t");
    frames_add(&b->message, STR(ARTICLE_A));
    put(b);
    flush(b);
    assert_int_equal(answer(b, "t", 1)[0].status, STATUS_STORED);
}

static void what_a_failed_flush_lost_is_busy_with_the_cause(void **state)
{
    struct bench *b = *state;
    compose(b, "t");
    frames_add(&b->message, STR(ARTICLE_A));
    put(b);
    journal_mem_fail_flush(b->journal, ERR_NOSPACE);
    assert_true(flush(b) < 0);
    const struct message_result *result = answer(b, "t", 1);
    assert_int_equal(result->status, STATUS_BUSY);
    assert_str(result->error->code, "nospace");
    compose(b, "u");
    frames_add(&b->message, STR(ARTICLE_A));
    assert_int_equal(put(b), 0);
    assert_int_equal(answer(b, "u", 1)->status, STATUS_BUSY);
}

static void a_closed_door_sends_away(void **state)
{
    struct bench *b = *state;
    ingest_close(b->ingest);
    compose(b, "t");
    frames_add(&b->message, STR(ARTICLE_A));
    assert_int_equal(put(b), 0);
    assert_int_equal(answer(b, "t", 1)->status, STATUS_BUSY);
}

static int refused(struct bench *b)
{
    struct err err = {0};
    uint32_t appended;
    int rc = ingest_put(b->ingest, &b->message, &nobody, &appended, &err);
    assert_int_equal(ingest_answer(b->ingest, b->feeders, &b->message), 0);
    return rc;
}

static void a_message_that_is_none_is_an_error_as_a_whole(void **state)
{
    struct bench *b = *state;
    char tag[LIMIT_TAG_BYTES + 2];
    compose(b, "t");
    assert_int_equal(refused(b), ERR_USAGE);
    frames_clear(&b->message);
    frames_add_text(&b->message, "peer");
    assert_int_equal(refused(b), ERR_USAGE);
    memset(tag, 'x', sizeof tag);
    tag[LIMIT_TAG_BYTES + 1] = '\0';
    compose(b, tag);
    frames_add(&b->message, STR(ARTICLE_A));
    assert_int_equal(refused(b), ERR_LIMIT);
    compose(b, "t");
    for (int i = 0; i <= LIMIT_BATCH; i++)
        frames_add(&b->message, STR(ARTICLE_A));
    assert_int_equal(refused(b), ERR_LIMIT);
    assert_int_equal(ingest_metrics(b->ingest)->malformed.value, 4);
}

static void what_never_settled_is_freed(void **state)
{
    struct bench *b = *state;
    compose(b, "t");
    frames_add(&b->message, STR(ARTICLE_A));
    frames_add(&b->message, STR(ARTICLE_NAMELESS));
    assert_int_equal(put(b), 2); /* the leak checker looks at the end */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_article_is_acknowledged_when_it_is_durable_and_not_before),
        TEST(one_answer_holds_every_article_in_order),
        TEST(an_article_without_id_gets_one_and_is_stored_with_it),
        TEST(a_full_queue_sends_away),
        TEST(a_queue_full_of_bytes_sends_away),
        TEST(a_queue_is_full_by_the_bytes_that_wait_not_by_their_mean),
        TEST(what_a_failed_flush_lost_is_busy_with_the_cause),
        TEST(a_closed_door_sends_away),
        TEST(a_message_that_is_none_is_an_error_as_a_whole),
        TEST(what_never_settled_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
