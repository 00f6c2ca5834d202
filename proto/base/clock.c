#include "proto/base/clock.h"

#include <stdio.h>
#include <time.h>

/* The last millisecond of year 9999: four digits are all RFC 3339 has. */
#define CLOCK_LAST_MS 253402300799999u

static uint64_t read_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t); /* cannot fail for these clocks and a valid pointer */
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clock_now_ms(void)
{
    return read_ns(CLOCK_MONOTONIC) / 1000000u;
}

uint64_t clock_now_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

uint64_t clock_wall_ms(void)
{
    return read_ns(CLOCK_REALTIME) / 1000000u;
}

void clock_rfc3339(uint64_t wall_ms, char out[32])
{
    if (wall_ms > CLOCK_LAST_MS)
        wall_ms = CLOCK_LAST_MS;
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t len = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + len, 32 - len, ".%03uZ", (unsigned)(wall_ms % 1000));
}
