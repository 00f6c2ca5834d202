#include "tests/support/check.h"

#include "broker/auth.h"
#include "proto/base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Valid Z85 of 32 bytes; whose secrets they go with does not matter here. */
#define KEY_A "0000000000000000000000000000000000000000"
#define KEY_B "1111111111111111111111111111111111111111"
#define KEY_C "2222222222222222222222222222222222222222"

static struct grants *parse(const char *text)
{
    struct grants *grants = NULL;
    struct err err = {0};
    assert_ok(grants_parse("allow", str_of(text), &grants, &err), &err);
    return grants;
}

static void refuse(const char *text, const char *why)
{
    struct grants *grants = NULL;
    struct err err = {0};
    assert_true(grants_parse("allow", str_of(text), &grants, &err) < 0);
    assert_null(grants);
    assert_has(err.text, why);
}

static void a_list_has_roles_names_keys_and_comments(void **state)
{
    (void)state;
    struct grants *grants = parse("# who\n\n  feeder\tagency  " KEY_A "  \r\n"
                                  "consumer,observer desk " KEY_B "\n");
    const struct grant *grant = grants_find(grants, STR(KEY_A));
    assert_int_equal(grants_count(grants), 2);
    assert_non_null(grant);
    assert_str(grant->name, "agency");
    assert_int_equal(grant->roles, GRANT_FEEDER);
    assert_int_equal(grants_find(grants, STR(KEY_B))->roles,
                     GRANT_CONSUMER | GRANT_OBSERVER);
    assert_null(grants_find(grants, STR(KEY_C)));
    assert_null(grants_find(grants, STR("")));
    assert_null(grants_find(grants, STR_NONE));
    grants_close(&grants);
    grants = parse("");
    assert_int_equal(grants_count(grants), 0);
    grants_close(&grants);
}

static void wrong_lines_are_named_with_their_number(void **state)
{
    (void)state;
    refuse("# x\nking a " KEY_A "\n", "allow:2: no such role: king");
    refuse("feeder, a " KEY_A "\n", "no such role");
    refuse("feeder a\n", "ROLE NAME KEY");
    refuse("feeder ../a " KEY_A "\n", "not a key's name");
    refuse("feeder a 00\n", "40 characters");
    refuse(
        "feeder a "
        "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""
        "\n",
        "Z85");
    refuse("feeder a rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\n", "libzmq's manual");
    refuse("operator a Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\n", "libzmq's manual");
    refuse("feeder a " KEY_A "\nfeeder b " KEY_A "\n", "allow:2");
    refuse("feeder a " KEY_A " kinds=quote\n", "only a consumer");
    refuse("consumer a " KEY_A " kinds=nonsense\n", "no such kind: nonsense");
    refuse("consumer a " KEY_A " kinds\n", "limit");
    refuse("consumer a " KEY_A " kinds=\n", "limit");
    refuse("consumer a " KEY_A " kinds=quote,\n", "empty value");
    refuse("consumer a " KEY_A " kinds=quote kinds=quote\n", "twice");
    refuse("consumer a " KEY_A " colours=red\n", "limit");
    refuse("consumer a " KEY_A " rate=5\n", "only a feeder");
    refuse("feeder a " KEY_A " rate=0\n", "a number from 1");
    refuse("feeder a " KEY_A " rate=-1\n", "a number from 1");
    refuse("feeder a " KEY_A " rate=99999999999\n", "a number from 1");
    refuse("feeder a " KEY_A " waiting=many\n", "a number from 1");
    refuse("feeder a " KEY_A " waiting=\n", "a number from 1");
    refuse("feeder a " KEY_A " rate=5 rate=5\n", "rate twice");
    refuse("feeder a " KEY_A " rate=5\nfeeder a " KEY_B " rate=6\n", "other rights");
    refuse("consumer a " KEY_A " sources=b.id\r kinds=quote\n", "control character");
    refuse("consumer a " KEY_A " sources=\xff\n", "UTF-8");
}

static void a_name_may_have_two_keys_of_the_same_rights_only(void **state)
{
    (void)state;
    struct grants *grants = parse("feeder a " KEY_A "\nfeeder a " KEY_B "\n");
    assert_int_equal(grants_count(grants), 2);
    assert_int_equal(grants_at(grants, 0)->rights, grants_at(grants, 1)->rights);
    assert_null(grants_at(grants, 2));
    grants_close(&grants);
    refuse("feeder a " KEY_A "\nworker a " KEY_B "\n", "other rights");
    refuse("consumer a " KEY_A "\nconsumer a " KEY_B " languages=id\n", "other rights");
}

static void a_role_opens_its_own_endpoints_only(void **state)
{
    (void)state;
    static const struct {
        const char *role;
        bool opens[FRAME_ENDPOINTS]; /* feed work tail public admin */
    } rows[] = {
        {"feeder", {1, 0, 0, 0, 0}},   {"worker", {0, 1, 0, 0, 0}},
        {"consumer", {0, 0, 1, 1, 0}}, {"observer", {0, 0, 0, 0, 1}},
        {"operator", {0, 0, 0, 0, 1}}, {"feeder,operator", {1, 0, 0, 0, 1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        snprintf(text, sizeof text, "%s a " KEY_A, rows[i].role);
        struct grants *grants = parse(text);
        for (int e = 0; e < FRAME_ENDPOINTS; e++)
            assert_int_equal(grant_opens(grants_at(grants, 0), (enum frame_endpoint)e),
                             rows[i].opens[e]);
        grants_close(&grants);
    }
    struct grants *grants = parse("consumer a " KEY_A " languages=id");
    assert_true(grant_opens(grants_at(grants, 0), FRAME_TAIL));
    assert_false(grant_opens(grants_at(grants, 0), FRAME_PUBLIC));
    grants_close(&grants);
}

static void limits_fill_and_hold_a_consumers_filters(void **state)
{
    (void)state;
    struct grants *grants = parse("consumer a " KEY_A " kinds=quote,role languages=id");
    struct message_from from;
    struct str quote = STR("quote"), event = STR("event");
    struct err err = {0};
    record_init(&message_from_table, &from);
    assert_ok(grant_limit(grants_at(grants, 0), &from, &err), &err);
    assert_int_equal(from.kinds.count, 2);
    assert_str(from.languages.item[0], "id");
    assert_int_equal(from.sources.count, 0);
    record_init(&message_from_table, &from);
    from.kinds = (struct record_strs){&quote, 1, 1};
    assert_ok(grant_limit(grants_at(grants, 0), &from, &err), &err);
    assert_int_equal(from.kinds.count, 1);
    from.kinds = (struct record_strs){&event, 1, 1};
    assert_int_equal(grant_limit(grants_at(grants, 0), &from, &err), ERR_DENIED);
    assert_has(err.text, "event");
    grants_close(&grants);
}

/* ---- the handler ---- */

struct door {
    char *dir;
    const char *path;
    void *context, *asker;
    struct auth *auth;
    struct frames message;
};

static void write_list(struct door *door, const char *text)
{
    FILE *file = fopen(door->path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int begin(void **state)
{
    struct door *door = calloc(1, sizeof *door);
    struct err err = {0};
    door->dir = check_dir_make();
    door->path = strdup(check_path(door->dir, "allow"));
    door->context = zmq_ctx_new();
    frames_init(&door->message);
    write_list(door, "feeder a " KEY_A "\nconsumer b " KEY_B "\n");
    chmod(door->path, 0600);
    assert_ok(auth_open(door->context, door->path, &door->auth, &err), &err);
    door->asker = zmq_socket(door->context, ZMQ_REQ);
    zmq_connect(door->asker, "inproc://zeromq.zap.01");
    *state = door;
    return 0;
}

static int end(void **state)
{
    struct door *door = *state;
    frames_clear(&door->message);
    zmq_close(door->asker);
    auth_close(&door->auth);
    zmq_ctx_term(door->context);
    free((char *)door->path);
    check_dir_remove(&door->dir);
    free(door);
    return 0;
}

/* What libzmq would ask; "200" or "400". */
static struct str ask_door(struct door *door, const char *mechanism, const char *domain,
                           const char *key)
{
    unsigned char binary[32];
    struct err err = {0};
    frames_clear(&door->message);
    frames_add_text(&door->message, "1.0");
    frames_add_text(&door->message, "7");
    frames_add_text(&door->message, domain);
    frames_add_text(&door->message, "127.0.0.1");
    frames_add_text(&door->message, "");
    frames_add_text(&door->message, mechanism);
    if (key) {
        assert_non_null(zmq_z85_decode(binary, key));
        frames_add(&door->message, str_make((const char *)binary, sizeof binary));
    }
    assert_int_equal(frames_send(door->asker, &door->message, &err), 1);
    for (int i = 0; i < 100; i++) {
        assert_ok(auth_answer(door->auth, &err), &err);
        if (frames_recv(door->asker, &door->message, &err) == 1)
            break;
        usleep(1000);
    }
    assert_int_equal(door->message.count, 6);
    assert_str(frames_get(&door->message, 0), "1.0");
    assert_str(frames_get(&door->message, 1), "7");
    return frames_get(&door->message, 2);
}

static void the_handler_lets_in_by_key_and_endpoint(void **state)
{
    struct door *door = *state;
    assert_str(ask_door(door, "CURVE", "feed", KEY_A), "200");
    assert_str(frames_get(&door->message, 4), KEY_A);
    assert_str(ask_door(door, "CURVE", "tail", KEY_B), "200");
    assert_str(ask_door(door, "CURVE", "work", KEY_A), "400");
    assert_str(frames_get(&door->message, 4), "");
    assert_str(ask_door(door, "CURVE", "feed", KEY_C), "400");
    assert_str(ask_door(door, "CURVE", "", KEY_A), "400");
    assert_str(ask_door(door, "CURVE", "elsewhere", KEY_A), "400");
    assert_str(ask_door(door, "PLAIN", "feed", KEY_A), "400");
    assert_str(ask_door(door, "NULL", "feed", NULL), "400");
    assert_int_equal(auth_metrics(door->auth)->accepted.value, 2);
    assert_int_equal(auth_metrics(door->auth)->refused.value, 6);
}

static void messages_without_a_user_or_a_right_are_nobodys(void **state)
{
    struct door *door = *state;
    assert_non_null(auth_grant(door->auth, FRAME_FEED, STR(KEY_A)));
    assert_null(auth_grant(door->auth, FRAME_FEED, STR_NONE));
    assert_null(auth_grant(door->auth, FRAME_ADMIN, STR(KEY_A)));
    assert_null(auth_grant(door->auth, FRAME_FEED, STR(KEY_C)));
    assert_int_equal(auth_metrics(door->auth)->nameless.value, 1);
    assert_int_equal(auth_metrics(door->auth)->revoked.value, 2);
}

static void a_reload_takes_effect_at_once_and_a_broken_one_does_not(void **state)
{
    struct door *door = *state;
    struct err err = {0};
    bool cut;
    write_list(door, "feeder a " KEY_C "\nconsumer b " KEY_B "\n");
    assert_ok(auth_reload(door->auth, door->path, &cut, &err), &err);
    assert_false(cut);
    assert_null(auth_grant(door->auth, FRAME_FEED, STR(KEY_A)));
    assert_non_null(auth_grant(door->auth, FRAME_FEED, STR(KEY_C)));
    write_list(door, "nonsense\n");
    assert_true(auth_reload(door->auth, door->path, &cut, &err) < 0);
    assert_non_null(auth_grant(door->auth, FRAME_FEED, STR(KEY_C)));
    write_list(door, "consumer b " KEY_B " kinds=quote\n");
    assert_ok(auth_reload(door->auth, door->path, &cut, &err), &err);
    assert_true(cut);
    assert_non_null(auth_grant(door->auth, FRAME_TAIL, STR(KEY_B)));
    assert_null(auth_grant(door->auth, FRAME_PUBLIC, STR(KEY_B)));
    chmod(door->path, 0622);
    assert_int_equal(auth_reload(door->auth, door->path, &cut, &err), ERR_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_has_roles_names_keys_and_comments),
        cmocka_unit_test(wrong_lines_are_named_with_their_number),
        cmocka_unit_test(a_name_may_have_two_keys_of_the_same_rights_only),
        cmocka_unit_test(a_role_opens_its_own_endpoints_only),
        cmocka_unit_test(limits_fill_and_hold_a_consumers_filters),
        cmocka_unit_test_setup_teardown(the_handler_lets_in_by_key_and_endpoint, begin,
                                        end),
        cmocka_unit_test_setup_teardown(messages_without_a_user_or_a_right_are_nobodys,
                                        begin, end),
        cmocka_unit_test_setup_teardown(
            a_reload_takes_effect_at_once_and_a_broken_one_does_not, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
