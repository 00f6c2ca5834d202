#include "tests/support/check.h"

#include "proto/wire/message.h"

static void every_command_has_its_name(void **state)
{
    (void)state;
    for (int m = MESSAGE_NONE + 1; m <= MESSAGE_ERROR; m++)
        assert_int_equal(message_of(str_of(message_name((enum message)m))), m);
    assert_int_equal(message_of(STR("")), MESSAGE_NONE);
    assert_int_equal(message_of(STR("put")), MESSAGE_NONE);
    assert_int_equal(message_of(STR("PUTS")), MESSAGE_NONE);
    assert_int_equal(message_of(STR("PUT\0")), MESSAGE_NONE);
    assert_string_equal(message_name(MESSAGE_NONE), "");
}

static void every_error_code_comes_back_from_its_name(void **state)
{
    (void)state;
    for (int i = 1; i < ERR_COUNT; i++)
        assert_int_equal(message_error_code(str_of(err_name(-i))), -i);
    assert_int_equal(message_error_code(STR("of a newer broker")), ERR_FORMAT);
}

static void a_result_is_packed_as_the_page_says(void **state)
{
    (void)state;
    struct message_error error = {STR("field"), STR("no")};
    struct message_result result[2];
    struct message_ack ack = {{result, 2, 2}};
    struct buf buf = {0};
    record_init(&message_result_table, &result[0]);
    record_init(&message_result_table, &result[1]);
    result[0].status = STATUS_STORED;
    result[0].id = STR("a");
    result[0].seq = 7;
    result[1].status = STATUS_REJECTED;
    result[1].error = &error;
    record_encode(&message_ack_table, &ack, &buf);
    assert_str(buf_str(&buf), "\x81\xa7results\x92"
                              "\x83\xa6status\xa6stored\xa2id\xa1"
                              "a\xa3seq\x07"
                              "\x82\xa6status\xa8rejected\xa5"
                              "error\x82\xa4"
                              "code\xa5"
                              "field\xa4text\xa2no");
    buf_fini(&buf);
}

static void heads_pass_over_keys_they_do_not_know(void **state)
{
    (void)state;
    struct arena arena;
    struct message_next next;
    struct message_job job;
    struct err err = {0};
    arena_init(&arena, 1 << 16);
    struct str newer = STR("\x82\xa3new\x91\xc3\xa4next\x05");
    assert_ok(record_decode(&message_next_table, newer, &arena, &next, &err), &err);
    assert_int_equal(next.next, 5);
    assert_int_equal(record_decode(&message_next_table, STR("\x80"), &arena, &next, &err),
                     ERR_FIELD);
    assert_has(err.text, "next.next is missing");
    assert_int_equal(
        record_decode(&message_job_table, STR("\x81\xa5lease\xa2xx"), &arena, &job, &err),
        ERR_FIELD); /* str where bin is due */
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_its_name),
        cmocka_unit_test(every_error_code_comes_back_from_its_name),
        cmocka_unit_test(a_result_is_packed_as_the_page_says),
        cmocka_unit_test(heads_pass_over_keys_they_do_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
