/* A journal looked at, copied and put back, offline or beside a broker that runs. */

#include "broker/broker.h"

#include "broker/journal.h"
#include "proto/base/diag.h"
#include "proto/base/file.h"
#include "proto/base/hash.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANIFEST       "warta journal backup 1\n"
#define MANIFEST_BYTES 4096

/* LMDB trusts the pages it reads, and may crash or run for ever on damaged ones: what
 * reads them does so in a child, and its end is a finding. */
#define CHILD_CPU_S 3600
#define TRY_CPU_S   60
/* Sanitizers set more memory aside than any limit allows. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif
#define TRY_BYTES (8ULL << 30) /* of heap: what it keeps are positions and ids */

static int in_child(int (*act)(const char *uri, const char *file, struct err *err),
                    const char *uri, const char *file, struct err *err)
{
    struct rlimit no_core = {0, 0}, cpu = {CHILD_CPU_S, CHILD_CPU_S};
    int status;

    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        return err_system(err, "fork");
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &no_core);
        setrlimit(RLIMIT_CPU, &cpu);
        int rc = act(uri, file, err);
        if (rc < 0)
            fprintf(stderr, "warta broker: %s\n", err->text);
        fflush(stdout);
        _exit(rc < 0 ? broker_exit_code(err->code) : rc);
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return err_system(err, "wait");
    if (WIFSIGNALED(status)) {
        printf("%s: its pages are damaged: reading them ended with signal %d\n", uri,
               WTERMSIG(status));
        return 1;
    }
    return WEXITSTATUS(status);
}

/* A page is read at an open for the first time, or never: so a broker opens its journal
 * twice, which costs some milliseconds, however much is in it (journal.txt). */
int broker_try(const char *uri, uint64_t map_bytes, struct err *err)
{
    const struct journal_options options = {.map_bytes = map_bytes};
    struct rlimit no_core = {0, 0}, cpu = {TRY_CPU_S, TRY_CPU_S},
                  data = {TRY_BYTES, TRY_BYTES};
    struct journal *journal = NULL;
    int status;

    pid_t pid = fork();
    if (pid < 0)
        return err_system(err, "fork");
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &no_core);
        setrlimit(RLIMIT_CPU, &cpu);
        if (!SANITIZED)
            setrlimit(RLIMIT_DATA, &data);
        diag_set_level((enum diag_level)(DIAG_ERROR + 1)); /* it will be said again */
        journal_open(uri, &options, &journal, err);
        _exit(0); /* without a close, which would write */
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return err_system(err, "wait");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    if (WIFSIGNALED(status) &&
        (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL))
        return 0; /* a long way or little room, but no word of damage */
    return err_set(err, ERR_CORRUPT,
                   "%s: its pages are damaged: opening it ended with signal %d; see "
                   "\"warta ctl check\" and \"warta ctl restore\"",
                   uri, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void print_finding(void *context, const char *finding)
{
    (void)context;
    printf("%s\n", finding);
    fflush(stdout); /* said, should the next one end it */
}

static int check(const char *uri, const char *unused, struct err *err)
{
    const struct journal_options options = {.read_only = true};
    struct journal *journal = NULL;
    struct journal_stats stats;
    (void)unused;
    int rc = journal_open(uri, &options, &journal, err);
    if (rc < 0)
        return err_prefix(err, "%s", uri);
    int findings = journal_check(journal, print_finding, NULL, err);
    journal_stats(journal, &stats);
    journal_close(&journal);
    if (findings < 0)
        return err_prefix(err, "%s", uri);
    printf("articles %" PRIu64 "..%" PRIu64 ", facts %" PRIu64 "..%" PRIu64
           ", unfinished %" PRIu64 ", dead %" PRIu64 ": %d findings\n",
           stats.first[JOURNAL_ARTICLES], stats.last[JOURNAL_ARTICLES],
           stats.first[JOURNAL_FACTS], stats.last[JOURNAL_FACTS], stats.unfinished,
           stats.dead, findings);
    return findings > 0;
}

int broker_check(const char *uri, struct err *err)
{
    return in_child(check, uri, NULL, err);
}

/* ---- backup ---- */

static int copy(const char *uri, const char *file, struct err *err)
{
    const struct journal_options options = {.read_only = true};
    struct journal *journal = NULL;
    int rc = journal_open(uri, &options, &journal, err);
    if (rc < 0)
        return err_prefix(err, "%s", uri);
    rc = journal_backup(journal, file, err);
    journal_close(&journal);
    return rc;
}

static int sum_of(const char *file, uint64_t *bytes_out, uint64_t *sum_out,
                  struct err *err)
{
    struct str map;
    int rc = file_map(file, &map, err);
    if (rc < 0)
        return rc;
    *bytes_out = map.len;
    *sum_out = hash64(map, 0);
    file_unmap(&map);
    return 0;
}

static int write_manifest(const char *dir, const char *file, struct err *err)
{
    struct buf text = {0}, path = {0};
    char hex[17];
    uint64_t bytes, sum;
    int rc = sum_of(file, &bytes, &sum, err);
    if (rc == 0) {
        hash_hex(sum, hex);
        buf_printf(&text, MANIFEST "version %s\nbytes %" PRIu64 "\nxxh3 %s\n",
                   WARTA_VERSION, bytes, hex);
        buf_printf(&path, "%s/manifest", dir);
        rc = file_replace(buf_cstr(&path), buf_str(&text), err);
    }
    buf_fini(&text);
    buf_fini(&path);
    return rc;
}

/* Take what a failed backup left away again. */
static void discard(const char *dir)
{
    static const char *const names[] = {"data.mdb", "lock.mdb", "manifest"};
    struct buf path = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        buf_clear(&path);
        buf_printf(&path, "%s/%s", dir, names[i]);
        unlink(buf_cstr(&path));
    }
    buf_fini(&path);
    rmdir(dir);
}

/* The copy is a journal like any other: it is checked as one before it counts. */
static int fill_backup(const char *uri, const char *dir, struct err *err)
{
    struct buf file = {0}, copied = {0}, lock = {0};
    buf_printf(&file, "%s/data.mdb", dir);
    buf_printf(&copied, "lmdb:%s", dir);
    buf_printf(&lock, "%s/lock.mdb", dir);
    int rc = in_child(copy, uri, buf_cstr(&file), err);
    if (rc == 1)
        rc = err_set(err, ERR_CORRUPT, "%s cannot be copied", uri);
    int findings = rc == 0 ? in_child(check, buf_cstr(&copied), NULL, err) : 0;
    unlink(buf_cstr(&lock));
    if (rc == 0 && findings >= 0 && findings <= 1)
        rc = write_manifest(dir, buf_cstr(&file), err);
    else if (rc == 0)
        rc = findings;
    buf_fini(&file);
    buf_fini(&copied);
    buf_fini(&lock);
    return rc == 0 ? findings : rc;
}

int broker_backup(const char *uri, const char *dir, struct err *err)
{
    struct buf part = {0};
    if (access(dir, F_OK) == 0)
        return err_set(err, ERR_CONFLICT, "%s is there already", dir);
    buf_printf(&part, "%s.part", dir);
    discard(buf_cstr(&part)); /* of one that was killed */
    int rc = mkdir(buf_cstr(&part), 0700) < 0
                 ? err_system(err, "make %s", buf_cstr(&part))
                 : fill_backup(uri, buf_cstr(&part), err);
    bool is_made = rc == 0 || rc == 1;
    if (is_made && rename(buf_cstr(&part), dir) < 0)
        rc = err_system(err, "rename %s", buf_cstr(&part));
    if (is_made && rc >= 0 && file_sync_parent(dir, err) < 0)
        rc = err->code;
    if (!is_made || rc < 0)
        discard(buf_cstr(&part));
    buf_fini(&part);
    if (rc == 1)
        printf("the backup holds what was found wrong, too\n");
    return rc;
}

/* ---- restore ---- */

static struct str word_of(struct str text, const char *name)
{
    struct str line;
    while (str_split(&text, '\n', &line) == 1)
        if (str_starts(line, str_of(name)))
            return str_from(line, strlen(name));
    return STR("");
}

static int verify(const char *dir, const char *file, struct err *err)
{
    struct buf path = {0}, text = {0};
    char hex[17];
    uint64_t bytes, sum, want = 0;
    buf_printf(&path, "%s/manifest", dir);
    int rc = file_read(buf_cstr(&path), MANIFEST_BYTES, &text, err);
    if (rc == 0 && !str_starts(buf_str(&text), STR(MANIFEST)))
        rc = err_set(err, ERR_FORMAT, "%s: is not a backup this program knows", dir);
    if (rc == 0)
        rc = sum_of(file, &bytes, &sum, err);
    if (rc == 0) {
        hash_hex(sum, hex);
        if (!str_to_u64(word_of(buf_str(&text), "bytes "), &want) || want != bytes ||
            !str_is(word_of(buf_str(&text), "xxh3 "), hex))
            rc = err_set(err, ERR_CORRUPT, "%s is not what its manifest says", file);
    }
    buf_fini(&path);
    buf_fini(&text);
    return rc;
}

int broker_restore(const char *uri, const char *dir, bool replace, struct err *err)
{
    struct buf file = {0};
    buf_printf(&file, "%s/data.mdb", dir);
    int rc = verify(dir, buf_cstr(&file), err);
    if (rc == 0)
        rc = journal_restore(uri, buf_cstr(&file), replace, err);
    buf_fini(&file);
    return rc < 0 ? rc : broker_check(uri, err);
}
