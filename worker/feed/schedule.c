#include "worker/feed/schedule.h"

#define ERRORS_COUNTED 10 /* doubling further says no more */

static uint64_t between(uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

static uint64_t with_jitter(uint64_t ms, struct random *random)
{
    uint64_t span = ms / 100 * SCHEDULE_JITTER;
    return span ? ms - span + random_below(random, 2 * span + 1) : ms;
}

uint64_t schedule_next(const struct schedule_rule *rule, struct schedule *schedule,
                       enum schedule_outcome outcome, uint64_t asked_ms,
                       struct random *random)
{
    uint64_t interval = schedule->interval_ms ? schedule->interval_ms : rule->first_ms;
    uint64_t wait;
    if (outcome == OUTCOME_NEW)
        interval = interval / 4 * 3;
    if (outcome == OUTCOME_SAME)
        interval += interval / 4;
    interval = between(interval, rule->least_ms, rule->most_ms);
    schedule->interval_ms = wait = interval;
    if (outcome == OUTCOME_ERROR) {
        if (schedule->errors < ERRORS_COUNTED)
            schedule->errors++;
        wait = between(interval << schedule->errors, interval, SCHEDULE_ASKED_MOST_MS);
    } else {
        schedule->errors = 0;
    }
    wait = with_jitter(wait, random);
    uint64_t asked = between(asked_ms, 0, SCHEDULE_ASKED_MOST_MS);
    if (wait < asked) /* never sooner than asked */
        wait = asked + random_below(random, asked / 100 * SCHEDULE_JITTER + 1);
    return wait;
}
