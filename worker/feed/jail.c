#include "worker/feed/jail.h"

#include "proto/base/mem.h"
#include "proto/base/program.h"
#include "proto/base/utf8.h"
#include "proto/wire/limits.h"
#include "worker/feed/xml.h"
#include "worker/sandbox.h"
#include "worker/text/charset.h"
#include "worker/text/html.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARENA_BYTES  ((size_t)128 * 1024 * 1024)
#define ANSWER_BYTES ((uint64_t)64 * 1024 * 1024)
#define PARTS        3

struct jail {
    int fd;
    pid_t warden;
};

enum job { JOB_FEED, JOB_PAGE };

struct question { /* its parts come behind it */
    uint64_t job, len[PARTS];
};

struct head { /* of an answer: between processes of one program, so as it stands */
    int64_t code;
    uint64_t len;
};

static bool write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static bool read_all(int fd, void *bytes, size_t len)
{
    char *at = bytes;
    while (len) {
        ssize_t n = read(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static int read_feed(const struct rss_document *document, struct arena *arena,
                     struct buf *answer, struct err *err)
{
    struct rss_feed feed;
    int rc = rss_read(document, arena, &feed, err);
    if (rc == 0)
        rss_pack(&feed, answer);
    return rc;
}

static int read_page(const struct rss_document *document, struct arena *arena,
                     struct buf *answer, struct err *err)
{
    struct str page =
        html_to_utf8(document->bytes, charset_of_type(document->type), arena);
    page = html_slim(page, arena);
    if (page.len > LIMIT_TEXT_BYTES)
        return err_set(err, ERR_LIMIT, "is larger than %d bytes", LIMIT_TEXT_BYTES);
    buf_add_str(answer, page);
    return 0;
}

/* The reader: a document in, an answer out, and that is all. */
static void read_document(enum job job, const struct rss_document *document, int out_fd)
{
    struct arena arena;
    struct err err = {0};
    struct buf answer = {0};
    const struct rlimit cpu = {JAIL_CPU_SECONDS, JAIL_CPU_SECONDS};
    arena_init(&arena, ARENA_BYTES);
    setrlimit(RLIMIT_CPU, &cpu);
    if (sandbox_possible() && sandbox_enter(JAIL_MEMORY_BYTES, &err) < 0)
        _exit(EXIT_LATER);
    struct head head = {.code = job == JOB_FEED
                                    ? read_feed(document, &arena, &answer, &err)
                                    : read_page(document, &arena, &answer, &err)};
    if (head.code < 0)
        buf_add_str(&answer, str_of(err.text));
    head.len = answer.len;
    if (write_all(out_fd, &head, sizeof head))
        write_all(out_fd, answer.ptr, answer.len);
    _exit(EXIT_DONE);
}

/* Fork a reader and hand its answer on; where there is none, say what became of it. */
static bool serve(enum job job, const struct rss_document *document, int fd)
{
    int ends[2], status = 0;
    struct head head = {.code = ERR_LIMIT};
    struct buf answer = {0};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    pid_t reader = fork();
    if (reader == 0) {
        close(fd);
        close(ends[0]);
        read_document(job, document, ends[1]);
    }
    close(ends[1]);
    bool right = reader > 0 && read_all(ends[0], &head, sizeof head) &&
                 head.len <= ANSWER_BYTES &&
                 read_all(ends[0], buf_reserve(&answer, head.len), head.len);
    answer.len = right ? head.len : 0;
    close(ends[0]);
    if (reader > 0) {
        if (!right)
            kill(reader, SIGKILL);
        while (waitpid(reader, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    if (!right) {
        buf_printf(&answer, "brought its reader down (signal %d)",
                   WIFSIGNALED(status) ? WTERMSIG(status) : 0);
        head = (struct head){ERR_LIMIT, answer.len};
    }
    right = write_all(fd, &head, sizeof head) && write_all(fd, answer.ptr, answer.len);
    buf_fini(&answer);
    return right;
}

static bool serve_one(int fd)
{
    struct question q;
    uint64_t all = 0;
    struct buf bytes = {0};
    if (!read_all(fd, &q, sizeof q))
        return false;
    for (int i = 0; i < PARTS; i++)
        all += q.len[i];
    char *at = buf_reserve(&bytes, all);
    bool right = read_all(fd, at, all);
    const struct rss_document document = {str_make(at, q.len[0]),
                                          str_make(at + q.len[0], q.len[1]),
                                          str_make(at + q.len[0] + q.len[1], q.len[2])};
    right = right && serve(q.job == JOB_FEED ? JOB_FEED : JOB_PAGE, &document, fd);
    buf_fini(&bytes);
    return right;
}

static void be_warden(int fd)
{
    struct charset_loaded loaded;
    signal(SIGINT, SIG_IGN); /* of a terminal: the owner decides when we end */
    signal(SIGTERM, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    xml_init();
    charset_load(&loaded);
    while (serve_one(fd))
        continue;
    _exit(EXIT_DONE);
}

int jail_open(struct jail **jail_out, struct err *err)
{
    int ends[2];
    *jail_out = NULL;
    signal(SIGPIPE,
           SIG_IGN); /* a warden that is not there any more is an error, no end */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return err_system(err, "cannot make a socket");
    pid_t warden = fork();
    if (warden == 0) {
        close(ends[0]);
        be_warden(ends[1]);
    }
    close(ends[1]);
    if (warden < 0) {
        close(ends[0]);
        return err_system(err, "cannot fork");
    }
    struct jail *jail = mem_zero(1, sizeof *jail);
    *jail = (struct jail){ends[0], warden};
    *jail_out = jail;
    return 0;
}

void jail_close(struct jail **jail)
{
    if (*jail == NULL)
        return;
    close((*jail)->fd);
    while (waitpid((*jail)->warden, NULL, 0) < 0 && errno == EINTR)
        continue;
    mem_free(*jail);
    *jail = NULL;
}

/* *answer is for the caller to fini, whatever comes. */
static int ask(struct jail *jail, enum job job, const struct rss_document *document,
               struct buf *answer, struct err *err)
{
    const struct str part[PARTS] = {document->bytes, document->url, document->type};
    const struct question q = {job, {part[0].len, part[1].len, part[2].len}};
    struct head head;
    bool right = write_all(jail->fd, &q, sizeof q);
    for (int i = 0; i < PARTS; i++)
        right = right && write_all(jail->fd, part[i].ptr, part[i].len);
    right = right && read_all(jail->fd, &head, sizeof head) && head.len <= ANSWER_BYTES &&
            read_all(jail->fd, buf_reserve(answer, head.len), head.len);
    if (!right)
        return err_set(err, ERR_GONE, "the process that reads feeds has ended");
    answer->len = head.len;
    if (head.code == 0)
        return 0;
    int rc =
        head.code < 0 && head.code > -(int64_t)ERR_COUNT ? (int)head.code : ERR_FORMAT;
    return err_set(err, rc == ERR_GONE ? ERR_FORMAT : rc, "%.*s",
                   STR_ARG(buf_str(answer)));
}

int jail_read(struct jail *jail, const struct rss_document *document, struct arena *arena,
              struct rss_feed *out, struct err *err)
{
    struct buf answer = {0};
    int rc = ask(jail, JOB_FEED, document, &answer, err);
    if (rc == 0)
        rc = rss_unpack(buf_str(&answer), arena, out, err);
    buf_fini(&answer);
    return rc;
}

int jail_page(struct jail *jail, const struct rss_document *document, struct arena *arena,
              struct str *out, struct err *err)
{
    struct buf answer = {0};
    int rc = ask(jail, JOB_PAGE, document, &answer, err);
    struct str page = buf_str(&answer);
    if (rc == 0 && (page.len > LIMIT_TEXT_BYTES || utf8_bad_at(page) < page.len))
        rc = err_set(err, ERR_FORMAT, "what was read of the page is damaged");
    *out = rc == 0 ? arena_str(arena, page) : STR_NONE;
    buf_fini(&answer);
    return rc;
}
