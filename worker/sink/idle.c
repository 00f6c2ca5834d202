#include "worker/sink/idle.h"

#include "proto/client/ask.h"

#define WAIT_MS 2000

int idle_ask(const char *base, const struct identity *identity, uint64_t next,
             struct err *err)
{
    struct buf answer = {0};
    uint64_t unfinished = 1, last = UINT64_MAX;
    const struct ask_options options = {
        .base = base, .identity = *identity, .wait_ms = WAIT_MS};
    int rc = ask(&options, STR("status"), &answer, err);
    if (rc == 0) {
        struct str rest = buf_str(&answer), line;
        while (str_split(&rest, '\n', &line)) {
            if (str_starts(line, STR("unfinished ")))
                str_to_u64(str_from(line, 11), &unfinished);
            if (str_starts(line, STR("facts_last ")))
                str_to_u64(str_from(line, 11), &last);
        }
    }
    buf_fini(&answer);
    if (rc == ERR_DENIED)
        return err_prefix(err, "--until-idle needs the role observer");
    return unfinished == 0 && next > last;
}
