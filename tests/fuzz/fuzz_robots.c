/* Our name, a path and a robots.txt, in parts: an answer, the same twice, and a rule that
 * forbids all behind it forbids what was not allowed by name. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/buf.h"
#include "worker/feed/fetch.h"
#include "worker/feed/robots.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str rest = str_make((const char *)bytes, len);
    struct str agent = fuzz_part(&rest), path = fuzz_part(&rest);
    struct buf closed = {0};
    if (rest.ptr == NULL || rest.len > ROBOTS_BYTES_MAX / 2)
        return 0;
    bool may = robots_allow(rest, agent, path);
    fuzz_require(may == robots_allow(rest, agent, path));
    fuzz_require(robots_allow(rest, agent, STR("/robots.txt")));
    fuzz_require(robots_delay_ms(rest, agent) <= ROBOTS_DELAY_MAX_MS);
    buf_add_str(&closed, STR("User-agent: "));
    buf_add_str(&closed, str_slice(agent, 0, agent.len < 5 ? agent.len : 5));
    buf_add_str(&closed, STR("\nUser-agent: *\nDisallow: *\n\nUser-agent: other\n"));
    if (memchr(closed.ptr + 12, '#', closed.len - 12) == NULL)
        fuzz_require(str_is(path, "/robots.txt") ||
                     !robots_allow(buf_str(&closed), agent, path));
    buf_fini(&closed);
    fetch_max_age(rest);
    fetch_retry_after(rest, 1700000000);
    return 0;
}
