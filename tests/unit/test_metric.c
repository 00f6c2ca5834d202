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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_print_in_table_order),
        cmocka_unit_test(a_metric_knows_its_kind_and_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
