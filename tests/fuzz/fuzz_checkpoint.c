/* Any bytes as a feed's checkpoint: what is read is saved again to a file that says the
 * same, and a place to go on from is inside the file it belongs to. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/file.h"
#include "worker/feed/checkpoint.h"

#define DATA "satu\ndua\ntiga\n"

/* An item of the data file goes its way, so that there is something to save. */
static void save(struct checkpoint *cp, const char *data, const char *path,
                 struct buf *saved)
{
    const struct source_item item = {
        .path = data, .behind = {{5, 0}, 1}, .last = STR("satu\n")};
    struct buf place = {0};
    uint64_t token = checkpoint_sent(cp, &item);
    checkpoint_place(cp, token, &place);
    fuzz_require(place.len > 0);
    buf_fini(&place);
    checkpoint_settled(cp, token);
    fuzz_require(checkpoint_save(cp, NULL) == 0);
    fuzz_require(file_read(path, 1 << 20, saved, NULL) == 0);
}

static void check(const char *path, const char *data)
{
    struct checkpoint *cp;
    struct err err = {0};
    struct buf first = {0}, second = {0};
    struct source_position done;
    int rc = checkpoint_open(path, &cp, &err);
    fuzz_require((rc == 0) == (cp != NULL));
    if (rc < 0) {
        fuzz_check_err(rc, &err);
        return;
    }
    checkpoint_skip(cp, data, &done);
    fuzz_require(done.at.offset <= sizeof DATA - 1);
    save(cp, data, path, &first);
    checkpoint_close(&cp);
    fuzz_require(checkpoint_open(path, &cp, &err) == 0);
    save(cp, data, path, &second);
    checkpoint_close(&cp);
    fuzz_require(str_eq(buf_str(&first), buf_str(&second)));
    buf_fini(&first);
    buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const char *data = fuzz_file(0, "data", STR(DATA));
    check(fuzz_file(1, "state", str_make((const char *)bytes, len)), data);
    return 0;
}
