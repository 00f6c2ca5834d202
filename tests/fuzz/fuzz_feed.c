/* A script (door.h) of what feeders say. */
#include "tests/fuzz/door.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    door_run(FRAME_FEED, str_make((const char *)bytes, len));
    return 0;
}
