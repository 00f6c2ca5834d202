#include "tests/support/check.h"
#include "worker/extract/calendar.h"

static void numbers_days_from_the_epoch(void **state)
{
    (void)state;
    assert_int_equal(calendar_number((struct calendar_date){1970, 1, 1}), 0);
    assert_int_equal(calendar_number((struct calendar_date){2000, 3, 1}), 11017);
    assert_int_equal(calendar_number((struct calendar_date){1969, 12, 31}), -1);
    assert_int_equal(calendar_number((struct calendar_date){1, 1, 1}), -719162);
}

static void goes_there_and_back_over_eight_hundred_years(void **state)
{
    (void)state;
    int64_t from = calendar_number((struct calendar_date){1600, 1, 1});
    int64_t to = calendar_number((struct calendar_date){2400, 12, 31});
    struct calendar_date before = {1599, 12, 31};
    for (int64_t n = from; n <= to; n++) {
        struct calendar_date date = calendar_from_number(n);
        assert_true(calendar_valid(date));
        assert_int_equal(calendar_number(date), n);
        bool next_day = date.day == before.day + 1 || date.day == 1;
        assert_true(next_day);
        before = date;
    }
}

static void knows_leap_years(void **state)
{
    (void)state;
    assert_true(calendar_leap(2024));
    assert_true(calendar_leap(2000));
    assert_false(calendar_leap(1900));
    assert_false(calendar_leap(2023));
    assert_int_equal(calendar_month_days(2024, 2), 29);
    assert_false(calendar_valid((struct calendar_date){2023, 2, 29}));
    assert_false(calendar_valid((struct calendar_date){2023, 0, 1}));
    assert_false(calendar_valid((struct calendar_date){0, 1, 1}));
}

static void names_weekdays(void **state)
{
    (void)state;
    assert_int_equal(calendar_weekday(0), 4);
    assert_int_equal(
        calendar_weekday(calendar_number((struct calendar_date){2024, 6, 19})), 3);
    assert_int_equal(
        calendar_weekday(calendar_number((struct calendar_date){1945, 8, 17})), 5);
}

static void counts_iso_weeks_over_the_new_year(void **state)
{
    (void)state;
    static const struct {
        struct calendar_date date;
        struct calendar_week week;
    } cases[] = {
        {{2024, 1, 1}, {2024, 1}},   {{2021, 1, 3}, {2020, 53}},
        {{2024, 12, 30}, {2025, 1}}, {{2024, 11, 17}, {2024, 46}},
        {{2005, 1, 1}, {2004, 53}},  {{2016, 1, 3}, {2015, 53}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct calendar_week week = calendar_week_of(calendar_number(cases[i].date));
        assert_int_equal(week.year, cases[i].week.year);
        assert_int_equal(week.week, cases[i].week.week);
        int64_t monday = calendar_week_start(week);
        assert_int_equal(calendar_weekday(monday), 1);
        assert_in_range(calendar_number(cases[i].date) - monday, 0, 6);
    }
}

static void adds_months_and_cuts_the_day(void **state)
{
    (void)state;
    struct calendar_date date =
        calendar_add_months((struct calendar_date){2024, 3, 31}, -1);
    assert_int_equal(date.month, 2);
    assert_int_equal(date.day, 29);
    date = calendar_add_months((struct calendar_date){2024, 3, 31}, 10);
    assert_int_equal(date.year, 2025);
    assert_int_equal(date.month, 1);
    date = calendar_add_months((struct calendar_date){2024, 1, 15}, -13);
    assert_int_equal(date.year, 2022);
    assert_int_equal(date.month, 12);
}

static void stays_inside_its_years(void **state)
{
    (void)state;
    struct calendar_date first = {1, 1, 1}, last = {9999, 12, 31};
    assert_int_equal(calendar_add_days(first, -5).year, 1);
    assert_int_equal(calendar_add_days(last, INT64_MAX).year, 9999);
    assert_int_equal(calendar_add_months(first, INT64_MIN).year, 1);
    assert_int_equal(calendar_add_months(last, INT64_MAX).year, 9999);
}

static void reads_dates_with_and_without_a_clock(void **state)
{
    (void)state;
    struct calendar_stamp stamp;
    assert_true(calendar_read(STR("2024-06-19"), &stamp));
    assert_false(stamp.has_clock);
    assert_true(calendar_read(STR("2024-06-19T21:05:00+07:00"), &stamp));
    assert_true(stamp.has_clock);
    assert_int_equal(stamp.hour, 21);
    assert_int_equal(stamp.minute, 5);
    assert_true(calendar_read(STR("2024-06-19Tfoo"), &stamp));
    assert_false(stamp.has_clock);
    assert_false(calendar_read(STR("2024-13-19"), &stamp));
    assert_false(calendar_read(STR("2024/06/19"), &stamp));
    assert_false(calendar_read(STR("2024-06"), &stamp));
    assert_false(calendar_read(STR_NONE, &stamp));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_days_from_the_epoch),
        cmocka_unit_test(goes_there_and_back_over_eight_hundred_years),
        cmocka_unit_test(knows_leap_years),
        cmocka_unit_test(names_weekdays),
        cmocka_unit_test(counts_iso_weeks_over_the_new_year),
        cmocka_unit_test(adds_months_and_cuts_the_day),
        cmocka_unit_test(stays_inside_its_years),
        cmocka_unit_test(reads_dates_with_and_without_a_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
