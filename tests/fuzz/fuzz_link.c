/* An address and a link on it, in parts: the canonical form of a web address is one, and
 * its own canonical form; host, outlet and origin lie in it. */
#include "tests/fuzz/fuzz.h"

#include "worker/feed/link.h"

static void check(struct str url)
{
    struct buf once = {0}, twice = {0};
    link_canonical(url, &once);
    link_canonical(buf_str(&once), &twice);
    struct str canonical = buf_str(&once);
    if (link_is_web(canonical)) {
        fuzz_require(str_eq(canonical, buf_str(&twice)));
        struct str origin = link_origin(canonical), host = link_host(canonical);
        fuzz_require(str_starts(canonical, origin) && origin.len > 7);
        fuzz_require(memchr(origin.ptr, '@', origin.len) == NULL);
        fuzz_require(str_ends(host, link_outlet(canonical)));
    }
    buf_fini(&once);
    buf_fini(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str href = str_make((const char *)bytes, len), base = fuzz_part(&href);
    struct arena arena;
    if (href.ptr == NULL || (len && memchr(bytes, '\0', len)))
        return 0;
    arena_init(&arena, (size_t)1 << 20);
    check(base);
    check(href);
    check(link_resolve(href, base, &arena));
    arena_fini(&arena);
    return 0;
}
