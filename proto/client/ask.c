#include "proto/client/ask.h"

#include "proto/base/clock.h"
#include "proto/client/link.h"

/* "code: what is wrong" as an error of that code. */
static int refused(struct str text, struct err *err)
{
    struct str code, rest = text;
    str_split(&rest, ':', &code);
    return err_set(err, message_error_code(code), "%.*s",
                   STR_ARG(rest.ptr ? str_trim(rest) : text));
}

static int say(struct link *link, struct str request, struct err *err)
{
    struct frames frames;
    frames_init(&frames);
    frames_add(&frames, request);
    int rc = link_send(link, &frames, err);
    frames_clear(&frames);
    return rc < 0 ? rc : 0;
}

static int wait_answer(struct link *link, struct str request, uint64_t wait_ms,
                       struct frames *frames, struct err *err)
{
    uint64_t until_ms = clock_now_ms() + wait_ms;
    for (;;) {
        int rc = link_recv(link, frames, err);
        if (rc != 0)
            return rc;
        /* Where they have never met it has not been heard: once is not twice. */
        if (link->parted && !link->met &&
            ((rc = link_again(link, err)) < 0 || (rc = say(link, request, err)) < 0))
            return rc;
        uint64_t now_ms = clock_now_ms();
        if (now_ms >= until_ms)
            return err_set(err, ERR_TIMEOUT, "no answer from %s within %llu ms",
                           link->endpoint, (unsigned long long)wait_ms);
        link_wait(link, until_ms - now_ms, ZMQ_POLLIN);
    }
}

int ask(const struct ask_options *options, struct str request, struct buf *answer,
        struct err *err)
{
    struct link link;
    struct frames frames;
    int rc = link_open(&link, options->base, &options->identity, FRAME_ADMIN, err);
    if (rc < 0)
        return rc;
    frames_init(&frames);
    rc = say(&link, request, err);
    if (rc == 0)
        rc = wait_answer(&link, request, options->wait_ms, &frames, err);
    if (rc > 0) {
        struct str verdict = frames_get(&frames, 0), text = frames_get(&frames, 1);
        if (str_is(verdict, "OK"))
            buf_add_str(answer, text);
        rc = str_is(verdict, "OK")      ? 0
             : str_is(verdict, "ERROR") ? refused(text, err)
                                        : err_set(err, ERR_FORMAT, "an unknown answer");
    }
    frames_clear(&frames);
    link_close(&link, false);
    return rc;
}
