#include "proto/client/take.h"

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/mem.h"
#include "proto/client/link.h"
#include "proto/wire/sketch.h"

#include <assert.h>

#define CREDIT_DEFAULT 16
/* Until the broker's HELLO says otherwise. */
#define BEAT_MS 1000
#define DEAD_MS 3000
/* Results wait this long for company. */
#define PACK_MS 1

struct lease {
    unsigned char bytes[16];
};

struct take {
    struct link link;
    struct arena arena; /* what READY says */
    struct message_ready ready;
    bool hello;      /* this session has been answered */
    bool stop_asked; /* no more jobs after those in hand */
    uint64_t beat_ms, dead_ms;
    struct frames in; /* the JOB message that is being handed out */
    struct message_jobs jobs;
    struct arena jobs_arena;
    uint32_t at;                      /* the next of jobs */
    struct lease lease[LIMIT_CREDIT]; /* of this session, not yet answered */
    uint32_t leases;
    struct frames done; /* a DONE being packed: command, head, entries */
    struct lease done_lease[LIMIT_BATCH];
    char done_sketch[LIMIT_BATCH][SKETCH_BYTES];
    size_t done_sketch_len[LIMIT_BATCH];
    uint32_t dones;
    size_t done_bytes;
    uint64_t done_since_ms;
};

/* Arenas of what is decoded and kept here: at most LIMIT_BATCH jobs, or READY's words. */
#define ARENA_BYTES (1u << 20)

static void drop_results(struct take *take)
{
    frames_clear(&take->done);
    take->dones = 0;
    take->done_bytes = 0;
}

/* A new session: whatever was leased before is over. */
static int begin(struct take *take, struct err *err)
{
    take->hello = false;
    take->leases = 0;
    take->jobs.jobs.count = take->at = 0;
    drop_results(take);
    int rc =
        link_say(&take->link, MESSAGE_READY, &message_ready_table, &take->ready, err);
    return rc < 0 ? rc : 0;
}

static int begin_again(struct take *take, struct err *err)
{
    int rc = link_again(&take->link, err);
    return rc < 0 ? rc : begin(take, err);
}

static void fill_ready(struct take *take, const struct take_options *options)
{
    struct message_ready *ready = &take->ready;
    record_init(&message_ready_table, ready);
    ready->v = MESSAGE_VERSION;
    ready->credit = options->credit ? options->credit : CREDIT_DEFAULT;
    if (options->name)
        ready->name = arena_str(&take->arena, str_of(options->name));
    ready->extractor = arena_str(&take->arena, str_of(options->extractor));
    for (size_t i = 0; options->languages && options->languages[i]; i++)
        *ARENA_PUSH(&take->arena, &ready->languages) =
            arena_str(&take->arena, str_of(options->languages[i]));
}

int take_open(const struct take_options *options, struct take **take_out, struct err *err)
{
    if (options->extractor == NULL || options->credit > LIMIT_CREDIT)
        return err_set(err, ERR_USAGE, "no extractor, or credit above %d", LIMIT_CREDIT);
    struct take *take = mem_zero(1, sizeof *take);
    take->beat_ms = BEAT_MS;
    take->dead_ms = DEAD_MS;
    frames_init(&take->in);
    frames_init(&take->done);
    arena_init(&take->arena, ARENA_BYTES);
    arena_init(&take->jobs_arena, ARENA_BYTES);
    fill_ready(take, options);
    int rc = link_open(&take->link, options->base, &options->identity, FRAME_WORK, err);
    if (rc == 0)
        rc = begin(take, err);
    if (rc < 0)
        take_close(&take);
    else
        *take_out = take;
    return rc;
}

static int flush(struct take *take, struct err *err)
{
    struct message_job job[LIMIT_BATCH];
    struct message_jobs head = {{job, take->dones, take->dones},
                                link_broker(&take->link)};
    struct buf buf = {0};
    if (take->dones == 0)
        return 1;
    for (uint32_t i = 0; i < take->dones; i++) {
        record_init(&message_job_table, &job[i]);
        job[i].lease = str_make((const char *)take->done_lease[i].bytes, 16);
        if (take->done_sketch_len[i])
            job[i].sketch = str_make(take->done_sketch[i], take->done_sketch_len[i]);
    }
    record_encode(&message_jobs_table, &head, &buf);
    zmq_msg_t *part = &take->done.part[1];
    zmq_msg_close(part);
    int rc = zmq_msg_init_size(part, buf.len);
    assert(rc == 0);
    memcpy(zmq_msg_data(part), buf.ptr, buf.len);
    buf_fini(&buf);
    rc = link_send(&take->link, &take->done, err);
    if (rc > 0)
        drop_results(take);
    return rc;
}

void take_close(struct take **take_in)
{
    struct take *take = *take_in;
    if (take == NULL)
        return;
    if (take->link.socket && take->hello) {
        flush(take, NULL);
        link_say(&take->link, MESSAGE_BYE, NULL, NULL, NULL);
    }
    frames_clear(&take->in);
    frames_clear(&take->done);
    arena_fini(&take->arena);
    arena_fini(&take->jobs_arena);
    link_close(&take->link, take->hello);
    mem_free(take);
    *take_in = NULL;
}

/* Beats, and the broker's silence. */
static int upkeep(struct take *take, struct err *err)
{
    uint64_t now_ms = clock_now_ms();
    int rc = 0;
    if (take->link.parted)
        return begin_again(take, err);
    if (now_ms - take->link.heard_ms >= take->dead_ms) {
        if (!link_has_message(&take->link))
            return begin_again(take, err);
        take->link.heard_ms = now_ms; /* we were the busy ones: it is still to be read */
    }
    if (take->hello && now_ms - take->link.sent_ms >= take->beat_ms)
        rc = link_say(&take->link, MESSAGE_BEAT, NULL, NULL, err);
    return rc < 0 ? rc : 0;
}

static int handle_hello(struct take *take, struct err *err)
{
    struct message_hello hello;
    int rc = link_head(&take->link, &take->in, &message_hello_table, &hello, err);
    if (rc < 0)
        return rc;
    take->hello = true;
    link_greeted(&take->link, hello.broker);
    if (hello.beat_ms != UINT64_MAX && hello.beat_ms > 0)
        take->beat_ms = hello.beat_ms;
    if (hello.dead_ms != UINT64_MAX && hello.dead_ms > 0)
        take->dead_ms = hello.dead_ms;
    return 0;
}

static int handle_jobs(struct take *take, struct err *err)
{
    if (!take->hello || take->stop_asked)
        return 0; /* of a session that is over, or more than is wanted: BYE gives them
                     back */
    arena_reset(&take->jobs_arena);
    int rc = record_decode(&message_jobs_table, frames_get(&take->in, 1),
                           &take->jobs_arena, &take->jobs, err);
    const struct message_job *job = take->jobs.jobs.item;
    uint32_t count = rc < 0 ? 0 : take->jobs.jobs.count;
    take->jobs.jobs.count = take->at = 0;
    if (rc < 0)
        return err_prefix(err, "JOB"), rc;
    if (link_is_foreign(&take->link, take->jobs.broker))
        return 0; /* its leases ended with that run */
    if ((int)count != take->in.count - 2 || take->leases + count > LIMIT_CREDIT)
        return err_set(err, ERR_FORMAT, "JOB of %u jobs in %d frames", count,
                       take->in.count);
    for (uint32_t i = 0; i < count; i++) {
        if (job[i].lease.len != sizeof(struct lease))
            return err_set(err, ERR_FORMAT, "JOB with a lease that is not 16 bytes");
        memcpy(take->lease[take->leases + i].bytes, job[i].lease.ptr, 16);
    }
    take->leases += count;
    take->jobs.jobs.count = count;
    return 0;
}

static int handle_error(struct take *take, struct err *err)
{
    struct err told = {0};
    int code = link_error(&take->link, &take->in, &told);
    if (code == ERR_STALE || (code == ERR_FORMAT && take->hello)) {
        diag(code == ERR_STALE ? DIAG_INFO : DIAG_WARN, "take", "result refused", "error",
             told.text, NULL);
        return 0;
    }
    if (code == ERR_USAGE && take->hello) /* it was restarted and does not know us */
        return begin_again(take, err);
    return err_set(err, code, "%s", told.text);
}

static int handle(struct take *take, struct err *err)
{
    switch (message_of(frames_get(&take->in, 0))) {
    case MESSAGE_HELLO:
        return handle_hello(take, err);
    case MESSAGE_JOB:
        return handle_jobs(take, err);
    case MESSAGE_DRAIN:
        take->stop_asked = true;
        return 0;
    case MESSAGE_ERROR:
        return handle_error(take, err);
    default:
        return 0; /* BEAT, and what newer brokers say */
    }
}

static void hand_out(struct take *take, struct take_job *out)
{
    const struct message_job *job = (const struct message_job *)take->jobs.jobs.item;
    job += take->at;
    memcpy(out->lease, job->lease.ptr, sizeof out->lease);
    out->seq = job->seq;
    out->attempt = job->attempt;
    out->article = frames_get(&take->in, 2 + (int)take->at);
    take->at++;
}

int take_next(struct take *take, uint64_t wait_ms, struct take_job *job_out,
              struct err *err)
{
    uint64_t until_ms = clock_now_ms() + wait_ms;
    for (;;) {
        int rc = upkeep(take, err);
        if (rc < 0)
            return rc;
        if (take->at < take->jobs.jobs.count) {
            hand_out(take, job_out);
            return 1;
        }
        int sent = flush(take, err);
        if (sent < 0)
            return sent;
        if (take->stop_asked && take->leases == 0 && sent)
            return err_set(err, ERR_GONE, "drained");
        rc = link_recv(&take->link, &take->in, err);
        if (rc < 0)
            return rc;
        if (rc > 0) {
            if ((rc = handle(take, err)) < 0)
                return rc;
            continue;
        }
        uint64_t now_ms = clock_now_ms(), most_ms = take->beat_ms / 2 + 1;
        if (now_ms >= until_ms)
            return 0;
        link_wait(&take->link, until_ms - now_ms < most_ms ? until_ms - now_ms : most_ms,
                  ZMQ_POLLIN | (sent ? 0 : ZMQ_POLLOUT));
    }
}

/* Is the lease of this session? Then it is answered now. */
static bool give_back(struct take *take, const unsigned char lease[16])
{
    for (uint32_t i = 0; i < take->leases; i++) {
        if (memcmp(take->lease[i].bytes, lease, 16) == 0) {
            take->lease[i] = take->lease[--take->leases];
            return true;
        }
    }
    return false;
}

static void pack(struct take *take, const struct take_job *job, struct str entry,
                 struct str sketch)
{
    assert(sketch.len <= SKETCH_BYTES);
    if (take->dones == 0) {
        frames_add_text(&take->done, message_name(MESSAGE_DONE));
        frames_add_space(&take->done, 0);
        take->done_since_ms = clock_now_ms();
    }
    if (sketch.len)
        memcpy(take->done_sketch[take->dones], sketch.ptr, sketch.len);
    take->done_sketch_len[take->dones] = sketch.len;
    memcpy(take->done_lease[take->dones++].bytes, job->lease, 16);
    frames_add(&take->done, entry);
    take->done_bytes += entry.len;
}

/* Wait for room to send. 1; 0 where there was none for as long as a broker may be silent:
 * then the session is over. */
static int wait_for_room(struct take *take, uint64_t since_ms, struct err *err)
{
    uint64_t spent_ms = clock_now_ms() - since_ms;
    if (spent_ms < take->dead_ms) {
        link_wait(&take->link, take->dead_ms - spent_ms, ZMQ_POLLOUT);
        return 1;
    }
    int rc = begin_again(take, err);
    return rc < 0 ? rc : 0;
}

static int flush_all(struct take *take, struct err *err)
{
    uint64_t since_ms = clock_now_ms();
    int rc;
    while ((rc = flush(take, err)) == 0) /* a new session has nothing to flush */
        if ((rc = wait_for_room(take, since_ms, err)) < 0)
            break;
    return rc < 0 ? rc : 0;
}

int take_done(struct take *take, const struct take_job *job, struct str entry,
              struct str sketch, struct err *err)
{
    int rc = upkeep(take, err);
    if (rc < 0)
        return rc;
    if (entry.len > LIMIT_ENTRY_BYTES)
        return take_fail(take, job, ERR_LIMIT, "the entry is too long", err);
    if (take->dones > 0 && take->done_bytes + entry.len > LIMIT_BATCH_BYTES)
        rc = flush_all(take, err);
    if (rc < 0)
        return rc;
    if (!give_back(take, job->lease))
        return 0;
    pack(take, job, entry, sketch);
    if (take->dones == LIMIT_BATCH)
        return flush_all(take, err);
    if (take->at == take->jobs.jobs.count ||
        clock_now_ms() - take->done_since_ms >= PACK_MS)
        rc = flush(take, err);
    return rc < 0 ? rc : 0;
}

int take_fail(struct take *take, const struct take_job *job, int code, const char *text,
              struct err *err)
{
    struct message_job failed;
    struct message_jobs head = {{&failed, 1, 1}, link_broker(&take->link)};
    int rc = upkeep(take, err);
    if (rc < 0)
        return rc;
    if (!give_back(take, job->lease))
        return 0;
    record_init(&message_job_table, &failed);
    failed.lease = str_make((const char *)job->lease, 16);
    failed.code = str_of(err_name(code));
    failed.text = str_of(text);
    uint64_t since_ms = clock_now_ms();
    while ((rc = link_say(&take->link, MESSAGE_FAIL, &message_jobs_table, &head, err)) ==
           0)
        if ((rc = wait_for_room(take, since_ms, err)) <= 0)
            break; /* the lease ended with its session */
    return rc < 0 ? rc : 0;
}

void take_drain(struct take *take)
{
    take->stop_asked = true;
}

void *take_socket(struct take *take)
{
    return take->link.socket;
}
