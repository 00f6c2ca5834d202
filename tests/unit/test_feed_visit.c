#include "tests/support/check.h"

#include "proto/base/clock.h"
#include "worker/feed/visit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 8 /* visits in a test */

/* A server with one answer a connection, chosen by path. */
static const struct {
    const char *path, *answer;
} answers[] = {
    {"/robots.txt", "HTTP/1.0 200 OK\r\n\r\nUser-agent: *\nDisallow: /closed\n"},
    {"/r", "HTTP/1.0 302 Found\r\nLocation: /a?utm_source=x#y\r\n\r\n"},
    {"/p", "HTTP/1.0 301 Moved\r\nLocation: /a\r\n\r\n"},
    {"/loop", "HTTP/1.0 302 Found\r\nLocation: /loop\r\n\r\n"},
    {"/file", "HTTP/1.0 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"},
    {"/toclosed", "HTTP/1.0 302 Found\r\nLocation: /closed\r\n\r\n"},
    {"/", "HTTP/1.0 200 OK\r\n\r\nisi"},
};

static int listener;
static char asked[4096]; /* paths, a space behind each */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void answer(int fd)
{
    char request[4096] = {0}, path[256] = {0};
    size_t len = 0;
    ssize_t n;
    while (len < sizeof request - 1 && strstr(request, "\r\n\r\n") == NULL &&
           (n = read(fd, request + len, sizeof request - 1 - len)) > 0)
        len += (size_t)n;
    if (sscanf(request, "GET %255s", path) != 1)
        return;
    pthread_mutex_lock(&lock);
    snprintf(asked + strlen(asked), sizeof asked - strlen(asked), "%s ", path);
    pthread_mutex_unlock(&lock);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (strcmp(path, answers[i].path) == 0 || answers[i].path[1] == '\0') {
            if (write(fd, answers[i].answer, strlen(answers[i].answer)) < 0)
                return;
            break;
        }
}

static void *serve(void *context)
{
    int fd;
    (void)context;
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        answer(fd);
        close(fd);
    }
    return NULL;
}

struct one {
    struct visit visit;
    int heard, status, code;
    unsigned moves;
};

struct scene {
    pthread_t server;
    char base[64];
    struct fetch *fetch;
    struct visits *visits;
    struct one one[MOST];
};

static int hear(void *owner, const struct fetch_answer *answer, uint64_t now_ms,
                struct err *err)
{
    struct one *one = owner;
    (void)now_ms, (void)err;
    one->heard++;
    one->status = answer->status;
    one->code = answer->why.code;
    one->moves = one->visit.moves;
    return 0;
}

static int make(void **state)
{
    static struct scene s;
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    struct err err = {0};
    s = (struct scene){0};
    asked[0] = '\0';
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)(void *)&at, len) < 0 ||
        listen(listener, 64) < 0 ||
        getsockname(listener, (struct sockaddr *)(void *)&at, &len) < 0)
        return -1;
    snprintf(s.base, sizeof s.base, "http://127.0.0.1:%d", ntohs(at.sin_port));
    const struct fetch_options fetch = {
        .agent = "warta/0", .private_too = true, .timeout_ms = 5000, .bytes_most = 65536};
    assert_ok(fetch_open(&fetch, &s.fetch, &err), &err);
    const struct visits_options visits = {.fetch = s.fetch,
                                          .agent = "warta/0",
                                          .robots = true,
                                          .site_delay_ms = 20,
                                          .site_most = 1,
                                          .requests_most = 10};
    s.visits = visits_new(&visits);
    for (int i = 0; i < MOST; i++)
        s.one[i].visit = (struct visit){.heard = hear, .owner = &s.one[i]};
    *state = &s;
    return pthread_create(&s.server, NULL, serve, NULL);
}

static int clean(void **state)
{
    struct scene *s = *state;
    shutdown(listener, SHUT_RDWR);
    close(listener);
    pthread_join(s->server, NULL);
    fetch_close(&s->fetch);
    visits_free(&s->visits);
    for (int i = 0; i < MOST; i++)
        visit_fini(&s->one[i].visit);
    return 0;
}

static void ask(struct scene *s, int i, enum visit_kind kind, const char *path,
                uint64_t due_ms)
{
    char url[128];
    snprintf(url, sizeof url, "%s%s", s->base, path);
    s->one[i].visit.kind = kind;
    visits_at(s->visits, &s->one[i].visit, str_of(url), due_ms);
}

/* Until all that is due has been heard, or for five seconds. */
static void run(struct scene *s, size_t left)
{
    struct err err = {0};
    for (uint64_t end = clock_now_ms() + 5000;
         visits_count(s->visits) > left && clock_now_ms() < end;) {
        visits_begin(s->visits, clock_wall_ms());
        fetch_turn(s->fetch, 5, -1);
        while (visits_hear(s->visits, clock_wall_ms(), &err) > 0)
            continue;
    }
    assert_int_equal(visits_count(s->visits), left);
}

static void redirects_end_where_they_lead(void **state)
{
    struct scene *s = *state;
    static const char *const paths[] = {"/a", "/r", "/p", "/loop", "/file"};
    static const int status[] = {200, 200, 200, 0, 0};
    static const unsigned moves[] = {0, 1, 1, VISIT_MOVES_MAX + 1, 1};
    for (int i = 0; i < 5; i++)
        ask(s, i, VISIT_FEED, paths[i], 0);
    run(s, 0);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(s->one[i].heard, 1);
        assert_int_equal(s->one[i].status, status[i]);
        assert_int_equal(s->one[i].moves, moves[i]);
    }
    assert_true(str_ends(buf_str(&s->one[1].visit.at), STR("/a")));
    assert_false(s->one[1].visit.for_good);
    assert_true(s->one[2].visit.for_good);
    assert_int_equal(s->one[3].code, ERR_LIMIT);
}

static void what_robots_txt_forbids_is_not_asked_for_even_behind_a_redirect(void **state)
{
    struct scene *s = *state;
    ask(s, 0, VISIT_PAGE, "/closed", 0);
    ask(s, 1, VISIT_PAGE, "/toclosed", 0);
    run(s, 0);
    assert_int_equal(s->one[0].code, ERR_DENIED);
    assert_int_equal(s->one[1].code, ERR_DENIED);
    assert_string_equal(asked, "/robots.txt /toclosed ");
    assert_int_equal(visits_metrics(s->visits)->forbidden.value, 2);
}

static void feeds_go_before_pages_and_all_keep_apart(void **state)
{
    struct scene *s = *state;
    uint64_t begun = clock_now_ms();
    ask(s, 0, VISIT_PAGE, "/1", 1);
    ask(s, 1, VISIT_PAGE, "/2", 2);
    ask(s, 2, VISIT_FEED, "/3", 3);
    ask(s, 3, VISIT_FEED, "/4", 4);
    run(s, 0);
    assert_string_equal(asked, "/robots.txt /3 /4 /1 /2 ");
    assert_true(clock_now_ms() - begun >= 60);
}

static void what_waits_can_be_cancelled_and_asked_for_again(void **state)
{
    struct scene *s = *state;
    ask(s, 0, VISIT_FEED, "/1", UINT64_MAX / 2);
    ask(s, 1, VISIT_FEED, "/2", 0);
    run(s, 1);
    assert_true(visits_cancel(s->visits, &s->one[0].visit));
    assert_int_equal(visits_count(s->visits), 0);
    ask(s, 0, VISIT_FEED, "/1", 0);
    visits_begin(s->visits, clock_wall_ms());
    assert_false(visits_cancel(s->visits, &s->one[0].visit));
    run(s, 0);
    assert_int_equal(s->one[0].heard, 1);
}

/* In every state: due, queued behind another, under way, redirected. */
static void it_can_end_at_any_moment(void **state)
{
    struct scene *s = *state;
    struct err err = {0};
    ask(s, 0, VISIT_FEED, "/r", 0);
    ask(s, 1, VISIT_PAGE, "/2", 0);
    ask(s, 2, VISIT_PAGE, "/3", UINT64_MAX / 2);
    ask(s, 3, VISIT_FEED, "/loop", 0);
    for (int i = 0; i < 6; i++) {
        visits_begin(s->visits, clock_wall_ms());
        fetch_turn(s->fetch, 5, -1);
        visits_hear(s->visits, clock_wall_ms(), &err);
    }
}

static void a_server_that_is_not_there_is_told(void **state)
{
    struct scene *s = *state;
    s->one[0].visit.kind = VISIT_FEED;
    visits_at(s->visits, &s->one[0].visit, STR("http://127.0.0.1:1/x"), 0);
    run(s, 0);
    assert_int_equal(s->one[0].status, 0);
    assert_int_equal(s->one[0].code, ERR_GONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(redirects_end_where_they_lead),
        TEST(what_robots_txt_forbids_is_not_asked_for_even_behind_a_redirect),
        TEST(feeds_go_before_pages_and_all_keep_apart),
        TEST(what_waits_can_be_cancelled_and_asked_for_again),
        TEST(it_can_end_at_any_moment),
        TEST(a_server_that_is_not_there_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
