#include "tests/support/check.h"

#include "worker/extract/confidence.h"
#include "worker/text/lexicon_write.h"

static const char list_text[] = "# case: lower\n"
                                "time.word\t0.950 0.800 19/20\n"
                                "time.word.date\t0.500 0.900 5/10\n"
                                "time\t0.800 0.900 80/100\n"
                                "quote.count\t1.2 0.9 7/7\n"
                                "quote.origin\t0.9\n"
                                "event\t0.999 0.100 7/7\n"
                                "role\t0.001 0.900 0/9\n";

static struct buf block;
static struct lexicon *lexicon;
static const struct wordlist *list;

static int set_up(void **state)
{
    struct err err = {0};
    (void)state;
    struct lexicon_writer *writer = lexicon_writer_new();
    int result = lexicon_writer_add(writer, "confidence.txt", str_of(list_text), &err);
    if (result == 0) {
        lexicon_writer_finish(writer, &block);
        result = lexicon_open(buf_str(&block), &lexicon, &err);
    }
    lexicon_writer_free(&writer);
    list = lexicon_list(lexicon, "confidence");
    return result;
}

static int tear_down(void **state)
{
    (void)state;
    lexicon_close(&lexicon);
    buf_fini(&block);
    return 0;
}

static double calibrate(enum fact_kind kind, const char *rule, double confidence)
{
    struct fact fact;
    fact_init(&fact, kind);
    fact.rule = rule;
    fact.confidence = confidence;
    return confidence_calibrate(list, &fact);
}

static void assert_near(double got, double wanted)
{
    if (!(got > wanted - 1e-9 && got < wanted + 1e-9))
        fail_msg("%.12f is not %.12f", got, wanted);
}

static void the_mean_of_a_rule_becomes_its_share(void **state)
{
    (void)state;
    assert_near(calibrate(FACT_TIME, "time.word", 0.8), 0.95);
    assert_near(calibrate(FACT_TIME, "time.word.date", 0.9), 0.5);
}

static void one_fact_against_another_stays(void **state)
{
    (void)state;
    double less = calibrate(FACT_TIME, "time.word", 0.7);
    double more = calibrate(FACT_TIME, "time.word", 0.9);
    assert_near(less, 0.7 / 0.3 * 19 / 4 / (1 + 0.7 / 0.3 * 19 / 4));
    assert_true(less < 0.95 && more > 0.95 && more < 1);
}

static void a_rule_not_in_the_list_is_of_its_kind(void **state)
{
    (void)state;
    assert_near(calibrate(FACT_TIME, "time.new", 0.9), 0.8);
    assert_near(calibrate(FACT_TIME, NULL, 0.9), 0.8);
}

static void without_an_entry_the_rule_is_believed(void **state)
{
    (void)state;
    assert_near(calibrate(FACT_QUANTITY, "quantity.noun", 0.75), 0.75);
    struct fact fact;
    fact_init(&fact, FACT_TIME);
    fact.confidence = 0.6;
    assert_near(confidence_calibrate(NULL, &fact), 0.6);
}

static void an_entry_that_cannot_be_read_changes_nothing(void **state)
{
    (void)state;
    assert_near(calibrate(FACT_QUOTE, "quote.count", 0.7), 0.7);
    assert_near(calibrate(FACT_QUOTE, "quote.origin", 0.7), 0.7);
}

static void nothing_is_quite_sure(void **state)
{
    (void)state;
    assert_near(calibrate(FACT_EVENT, "event.active", 0.95), CONFIDENCE_MOST);
    assert_near(calibrate(FACT_ROLE, "role.title", 0.5), CONFIDENCE_LEAST);
    assert_near(calibrate(FACT_TIME, "time.word", 0),
                0.02 / 0.98 * 19 / 4 / (1 + 0.02 / 0.98 * 19 / 4));
    assert_true(calibrate(FACT_TIME, "time.word", 1) <= CONFIDENCE_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mean_of_a_rule_becomes_its_share),
        cmocka_unit_test(one_fact_against_another_stays),
        cmocka_unit_test(a_rule_not_in_the_list_is_of_its_kind),
        cmocka_unit_test(without_an_entry_the_rule_is_believed),
        cmocka_unit_test(an_entry_that_cannot_be_read_changes_nothing),
        cmocka_unit_test(nothing_is_quite_sure),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
