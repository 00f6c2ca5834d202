/* A script (door.h) of what anybody says, at any door. */
#include "tests/fuzz/door.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    door_run(FRAME_ENDPOINTS, str_make((const char *)bytes, len));
    return 0;
}
