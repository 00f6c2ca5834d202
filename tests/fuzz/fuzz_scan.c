/* Any bytes: scan_check answers, and what it passes the cursor walks to the last byte and
 * msgpack-c unpacks to the same end. */
#include "tests/fuzz/fuzz.h"

#include "proto/wire/limits.h"
#include "proto/wire/scan.h"

#include <msgpack.h>
#include <stdlib.h>

static void walk(struct scan scan)
{
    struct scan_value value;
    const char *at = scan.at;
    while (scan_next(&scan, &value)) {
        if (value.raw.ptr != at)
            abort();
        at += value.raw.len;
        if (value.type == SCAN_ARRAY || value.type == SCAN_MAP)
            walk(scan_inside(&value)); /* LIMIT_DEPTH deep at most */
    }
    if (at != scan.end)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct scan_limits limits = {LIMIT_DEPTH, LIMIT_OBJECTS};
    struct str frame = {(const char *)bytes, len};
    struct err err = {0};
    int rc = scan_check(frame, &limits, &err);
    if (rc < 0) {
        if (rc != err.code || err.text[0] == '\0')
            abort();
        return 0;
    }
    walk(scan_begin(frame));
    msgpack_unpacked unpacked;
    size_t at = 0;
    msgpack_unpacked_init(&unpacked);
    if (msgpack_unpack_next(&unpacked, frame.ptr, frame.len, &at) !=
            MSGPACK_UNPACK_SUCCESS ||
        at != frame.len)
        abort();
    msgpack_unpacked_destroy(&unpacked);
    return 0;
}
