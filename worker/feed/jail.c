#include "worker/feed/jail.h"

#include "proto/base/mem.h"
#include "proto/base/program.h"
#include "worker/text/charset.h"
#include "worker/feed/xml.h"
#include "worker/sandbox.h"

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

/* The reader: a document in, an answer out, and that is all. */
static void read_document(const struct rss_document *document, int out_fd)
{
    struct arena arena;
    struct rss_feed feed;
    struct err err = {0};
    struct buf answer = {0};
    const struct rlimit cpu = {JAIL_CPU_SECONDS, JAIL_CPU_SECONDS};
    arena_init(&arena, ARENA_BYTES);
    setrlimit(RLIMIT_CPU, &cpu);
    if (sandbox_possible() && sandbox_enter(JAIL_MEMORY_BYTES, &err) < 0)
        _exit(EXIT_LATER);
    struct head head = {.code = rss_read(document, &arena, &feed, &err)};
    if (head.code == 0)
        rss_pack(&feed, &answer);
    else
        buf_add_str(&answer, str_of(err.text));
    head.len = answer.len;
    if (write_all(out_fd, &head, sizeof head))
        write_all(out_fd, answer.ptr, answer.len);
    _exit(EXIT_DONE);
}

/* Fork a reader and hand its answer on; where there is none, say what became of it. */
static bool serve(const struct rss_document *document, int fd)
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
        read_document(document, ends[1]);
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

/* One document: the lengths of its parts, then the parts. */
static bool serve_one(int fd)
{
    uint64_t len[PARTS], all = 0;
    struct buf bytes = {0};
    if (!read_all(fd, len, sizeof len))
        return false;
    for (int i = 0; i < PARTS; i++)
        all += len[i];
    char *at = buf_reserve(&bytes, all);
    bool right = read_all(fd, at, all);
    const struct rss_document document = {str_make(at, len[0]),
                                          str_make(at + len[0], len[1]),
                                          str_make(at + len[0] + len[1], len[2])};
    right = right && serve(&document, fd);
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
    signal(SIGPIPE, SIG_IGN); /* a warden that is not there any more is an error, no end */
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

int jail_read(struct jail *jail, const struct rss_document *document, struct arena *arena,
              struct rss_feed *out, struct err *err)
{
    const struct str part[PARTS] = {document->bytes, document->url, document->type};
    uint64_t len[PARTS] = {part[0].len, part[1].len, part[2].len};
    struct head head;
    struct buf answer = {0};
    bool right = write_all(jail->fd, len, sizeof len);
    for (int i = 0; i < PARTS; i++)
        right = right && write_all(jail->fd, part[i].ptr, part[i].len);
    right = right && read_all(jail->fd, &head, sizeof head) && head.len <= ANSWER_BYTES &&
            read_all(jail->fd, buf_reserve(&answer, head.len), head.len);
    if (!right) {
        buf_fini(&answer);
        return err_set(err, ERR_GONE, "the process that reads feeds has ended");
    }
    answer.len = head.len;
    int rc = (int)head.code;
    if (rc == 0)
        rc = rss_unpack(buf_str(&answer), arena, out, err);
    else
        rc = err_set(err, rc < 0 && rc > -(int)ERR_COUNT ? rc : ERR_FORMAT, "%.*s",
                     STR_ARG(buf_str(&answer)));
    buf_fini(&answer);
    return rc;
}
