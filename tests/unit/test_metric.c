#include "tests/support/check.h"

#include "proto/base/metric.h"

#define SHOP_METRICS(X)                                                                  \
    X(bought, COUNTER, "things bought")                                                  \
    X(waiting, GAUGE, "people waiting")

struct shop_metrics {
    METRIC_FIELDS(SHOP_METRICS)
};

static void metrics_print_in_table_order(void **state)
{
    (void)state;
    struct shop_metrics m = METRIC_INIT(SHOP_METRICS);
    struct buf out = {0};
    m.bought.value += UINT64_MAX;
    m.waiting.value = 2;
    metric_print(&out, "shop", &m, sizeof m);
    assert_str(buf_str(&out), "shop_bought 18446744073709551615\nshop_waiting 2\n");
    buf_fini(&out);
}

static void a_metric_knows_its_kind_and_help(void **state)
{
    (void)state;
    struct shop_metrics m = METRIC_INIT(SHOP_METRICS);
    assert_int_equal(m.waiting.kind, METRIC_GAUGE);
    assert_string_equal(m.bought.help, "things bought");
    assert_true(m.bought.value == 0);
}

static void exposed_they_have_help_type_and_counters_a_suffix(void **state)
{
    (void)state;
    struct shop_metrics m = METRIC_INIT(SHOP_METRICS);
    struct buf out = {0};
    m.bought.value = 3;
    metric_expose(&out, "shop", &m, sizeof m);
    assert_str(buf_str(&out), "# HELP warta_shop_bought_total things bought\n"
                              "# TYPE warta_shop_bought_total counter\n"
                              "warta_shop_bought_total 3\n"
                              "# HELP warta_shop_waiting people waiting\n"
                              "# TYPE warta_shop_waiting gauge\n"
                              "warta_shop_waiting 0\n");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_print_in_table_order),
        cmocka_unit_test(a_metric_knows_its_kind_and_help),
        cmocka_unit_test(exposed_they_have_help_type_and_counters_a_suffix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
