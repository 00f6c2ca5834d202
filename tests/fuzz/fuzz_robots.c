/* Our name, a path and a robots.txt, in parts: an answer, the same twice; a delay
 * within bounds; a file that forbids all does. */
#include "tests/fuzz/fuzz.h"

#include "worker/feed/fetch.h"
#include "worker/feed/robots.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str rest = str_make((const char *)bytes, len);
    struct str agent = fuzz_part(&rest), path = fuzz_part(&rest);
    if (rest.ptr == NULL || rest.len > ROBOTS_BYTES_MAX / 2)
        return 0;
    bool may = robots_allow(rest, agent, path);
    fuzz_require(may == robots_allow(rest, agent, path));
    fuzz_require(robots_allow(rest, agent, STR("/robots.txt")));
    fuzz_require(robots_delay_ms(rest, agent) <= ROBOTS_DELAY_MAX_MS);
    fuzz_require(str_is(path, "/robots.txt") ||
                 !robots_allow(STR("User-agent: *\nDisallow: *\n"), agent, path));
    fetch_max_age(rest);
    fetch_retry_after(rest, 1700000000);
    return 0;
}
