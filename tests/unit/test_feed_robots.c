#include "tests/support/check.h"

#include "proto/base/buf.h"
#include "worker/feed/robots.h"
#include "worker/feed/site.h"

#define AGENT STR("warta/0.1 (feed reader)")

static bool may(const char *robots, const char *path)
{
    return robots_allow(str_of(robots), AGENT, str_of(path));
}

static void the_longest_rule_decides_and_allow_before_disallow(void **state)
{
    const char *robots = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\n"
                         "Allow: /same\nDisallow: /same\nDisallow:\n";
    (void)state;
    assert_true(may(robots, "/"));
    assert_false(may(robots, "/a"));
    assert_false(may(robots, "/abc"));
    assert_true(may(robots, "/a/b"));
    assert_false(may(robots, "/a/b/c"));
    assert_true(may(robots, "/same"));
    assert_true(may("User-agent: *\nDisallow: /\n", "/robots.txt"));
    assert_true(may("", "/"));
}

static void stars_and_ends_are_understood(void **state)
{
    static const struct {
        const char *pattern, *path;
        bool fits;
    } cases[] = {
        {"/*.php", "/index.php", true},
        {"/*.php", "/a/b.php?c", true},
        {"/*.php$", "/a.php", true},
        {"/*.php$", "/a.php5", false},
        {"/*.php$", "/a.php/b.php", true},
        {"/fish*", "/fish", true},
        {"/fish*", "/catfish", false},
        {"/a$", "/a", true},
        {"/a$", "/ab", false},
        {"/a$", "/a/a", false},
        {"*", "/", true},
        {"/a*b*c", "/aXbYcZ", true},
        {"/a*b*c", "/acb", false},
        {"/a**b", "/ab", true},
        {"/*a*$", "/xay", true},
        {"$", "/", false},
        {"/ab*ab$", "/ab", false},
        {"/ab*ab$", "/abab", true},
        {"/a$b", "/a$bc", true},
    };
    struct buf robots = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_clear(&robots);
        buf_printf(&robots, "User-agent: *\nDisallow: %s\n", cases[i].pattern);
        if (may(buf_cstr(&robots), cases[i].path) == cases[i].fits)
            fail_msg("%s and %s", cases[i].pattern, cases[i].path);
    }
    buf_fini(&robots);
}

static void the_group_that_names_us_decides(void **state)
{
    const char *robots = "\xEF\xBB\xBF"
                         "# for all\r\nUser-agent: other\r\nDisallow: /o\r\n"
                         "USER-AGENT: *\r\nDisallow: /\r\n\r\nUser-agent: abc\r\n"
                         "User-agent: Warta # us\r\nDisallow: /w\r\nCrawl-delay: 3\r\n"
                         "Sitemap: /x\r\nUser-agent: warta\r\nDisallow: /z\r\n";
    (void)state;
    assert_true(may(robots, "/"));
    assert_true(may(robots, "/o"));
    assert_false(may(robots, "/w"));
    assert_false(may(robots, "/z"));
    assert_false(robots_allow(str_of(robots), STR("robot/1"), STR("/x")));
    assert_int_equal(robots_delay_ms(str_of(robots), AGENT), 3000);
    assert_int_equal(robots_delay_ms(str_of(robots), STR("robot/1")), 0);
    assert_int_equal(
        robots_delay_ms(STR("User-agent: *\nCrawl-delay: 999999999999999999"), AGENT),
        ROBOTS_DELAY_MAX_MS);
}

/* Quadratic work would not come back here. */
static void hostile_patterns_cost_little(void **state)
{
    struct buf robots = {0}, path = {0};
    (void)state;
    buf_add_str(&robots, STR("User-agent: *\n"));
    while (robots.len + 2048 < ROBOTS_BYTES_MAX) {
        buf_add_str(&robots, STR("Disallow: /*"));
        for (int i = 0; i < 2000; i++)
            buf_add_char(&robots, 'a');
        buf_add_str(&robots, STR("b\n"));
    }
    buf_add_char(&path, '/');
    for (int i = 0; i < 4000; i++)
        buf_add_char(&path, 'a');
    for (int i = 0; i < 20; i++)
        assert_true(robots_allow(buf_str(&robots), AGENT, buf_str(&path)));
    buf_fini(&robots);
    buf_fini(&path);
}

static void take(struct site *site, int status, const char *body)
{
    const struct fetch_answer answer = {.status = status, .body = str_of(body)};
    site_take_robots(site, &answer, "warta", 1000);
}

/* RFC 9309, 2.3.1: there is none; it cannot be had; it says. */
static void what_came_for_robots_txt_decides(void **state)
{
    struct site *site = site_new(STR("https://contoh.id"));
    struct str url = STR("https://contoh.id/a");
    struct err err;
    (void)state;
    assert_true(site_wants_robots(site, 0));
    take(site, 404, "User-agent: *\nDisallow: /\n");
    assert_int_equal(site_may(site, url, "warta", &err), 0);
    assert_false(site_wants_robots(site, 1001));
    assert_true(site_wants_robots(site, 1000 + 25 * 3600 * 1000));
    take(site, 503, "");
    assert_int_equal(site_may(site, url, "warta", &err), ERR_GONE);
    assert_true(site_wants_robots(site, 1000 + 11 * 60 * 1000));
    take(site, 200, "User-agent: *\nDisallow: /a\nCrawl-delay: 2\n");
    assert_int_equal(site_may(site, url, "warta", &err), ERR_DENIED);
    assert_int_equal(site_may(site, STR("https://contoh.id"), "warta", &err), 0);
    assert_int_equal(site->delay_ms, 2000);
    site_forget_robots(site);
    assert_true(site_wants_robots(site, 1001));
    site_free(&site);
}

static void feeds_go_before_pages_and_each_in_turn(void **state)
{
    struct site *site = site_new(STR("https://contoh.id"));
    struct visit page = {.kind = VISIT_PAGE}, one = {.kind = VISIT_FEED},
                 two = {.kind = VISIT_FEED};
    (void)state;
    assert_null(site_queue_take(site));
    site_queue_put(site, &page);
    site_queue_put(site, &one);
    site_queue_put(site, &two);
    assert_ptr_equal(site_queue_first(site), &one);
    assert_ptr_equal(site_queue_take(site), &one);
    site_queue_put(site, &one);
    assert_ptr_equal(site_queue_take(site), &two);
    assert_ptr_equal(site_queue_take(site), &one);
    assert_ptr_equal(site_queue_take(site), &page);
    assert_null(site_queue_take(site));
    site_free(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_rule_decides_and_allow_before_disallow),
        cmocka_unit_test(stars_and_ends_are_understood),
        cmocka_unit_test(the_group_that_names_us_decides),
        cmocka_unit_test(hostile_patterns_cost_little),
        cmocka_unit_test(what_came_for_robots_txt_decides),
        cmocka_unit_test(feeds_go_before_pages_and_each_in_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
