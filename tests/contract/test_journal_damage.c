/* One byte after the other of a journal is changed, and the check must say so, unless
 * nothing that is kept differs. Reading goes on in a child, as `warta ctl check` has it:
 * LMDB trusts its pages and may crash, which counts as said.
 *
 * test_journal_damage [--flips N] [--seed N]     N 0: every byte, some minutes */

#include "tests/contract/journal_fixture.h"

#include "broker/journal_lmdb.h"
#include "proto/base/file.h"
#include "proto/base/hash.h"
#include "proto/base/random.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t flips = 1500, seed = 1;

static void add_stream(struct journal *journal, enum journal_stream stream,
                       struct hash_stream *hash)
{
    struct journal_item item;
    for (uint64_t at = 1;; at = item.seq + 1) {
        int rc = journal_read(journal, stream, at, &item, NULL);
        if (rc == 0 || (rc < 0 && rc != ERR_CORRUPT))
            return;
        hash_add(hash, str_make((char *)&item.seq, sizeof item.seq));
        hash_add(hash, item.id);
        hash_add(hash, item.bytes);
    }
}

/* All that is kept, in one number. */
static uint64_t content(struct journal *journal)
{
    struct hash_stream hash;
    struct journal_stats stats;
    struct journal_item item;
    struct journal_mark mark;
    char after[8];
    size_t len = 0;

    hash_begin(&hash);
    for (int i = 0; i < JOURNAL_STREAMS; i++)
        add_stream(journal, (enum journal_stream)i, &hash);
    for (uint64_t at = 0; journal_dead(journal, at, &item, NULL) == 1; at = item.seq + 1)
        hash_add(&hash, item.note);
    while (journal_next_mark(journal, str_make(after, len), &mark, NULL) == 1 &&
           mark.name.len <= sizeof after) {
        len = mark.name.len;
        memcpy(after, mark.name.ptr, len);
        hash_add(&hash, str_make((char *)&mark.position, sizeof mark.position));
    }
    journal_stats(journal, &stats);
    const uint64_t counts[] = {stats.first[0],        stats.first[1], stats.last[0],
                               stats.last[1],         stats.dead,     stats.unfinished,
                               stats.unfinished_bytes};
    hash_add(&hash, str_make((const char *)counts, sizeof counts));
    return hash_end(&hash);
}

static void count_finding(void *context, const char *finding)
{
    (void)finding;
    ++*(int *)context;
}

enum verdict { SOUND, SAID, MISSED, CRASHED };

static enum verdict look(const char *uri, uint64_t want)
{
    const struct journal_options read_only = {.read_only = true};
    struct rlimit limit = {2, 2}, no_core = {0, 0};
    int status, findings = 0;

    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct journal *journal;
        struct err err = {0};
        static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS};
        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
            signal(own[i], SIG_DFL); /* cmocka would go on in this child */
        setrlimit(RLIMIT_CPU, &limit);
        setrlimit(RLIMIT_CORE, &no_core);
        close(STDERR_FILENO); /* LMDB's assertions speak */
        if (journal_open(uri, &read_only, &journal, &err) < 0)
            _exit(SAID);
        enum verdict verdict = SAID;
        if (journal_check(journal, count_finding, &findings, &err) == 0)
            verdict = content(journal) == want ? SOUND : MISSED;
        journal_close(&journal);
        _exit((int)verdict);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? (enum verdict)WEXITSTATUS(status) : CRASHED;
}

static void fill(struct fixture *f)
{
    static const struct journal_release failed = {1, 2, STR("because")};
    char text[9001], id[16];

    memset(text, 't', sizeof text);
    for (int i = 1; i <= 40; i++) {
        text[i % 7 ? i * 20 : 9000] = '\0';
        snprintf(id, sizeof id, "a%d", i);
        put(f, JOURNAL_ARTICLES, id, text);
        put(f, JOURNAL_FACTS, id, text);
        text[i % 7 ? i * 20 : 9000] = 't';
    }
    for (uint64_t seq = 1; seq <= 20; seq++) {
        take(f, seq);
        if (seq % 5 == 0)
            journal_bury(f->journal, seq, &failed, NULL);
        else
            journal_finish(f->journal, seq, NULL);
    }
    journal_mark(f->journal, STR("web"), 7, NULL);
    flush(f);
    journal_trim(f->journal, JOURNAL_FACTS, 9, NULL);
    flush(f);
}

static void no_changed_byte_goes_unnoticed(void **state)
{
    struct fixture *f = *state;
    const char *path = check_path(f->dir, "journal/data.mdb");
    uint64_t count[4] = {0};
    struct random random;
    struct stat st;

    fill(f);
    fixture_crash(f);
    uint64_t want = content(f->journal);
    journal_close(&f->journal);
    assert_int_equal(look(f->uri, want), SOUND);

    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    random_seed(&random, seed);
    uint64_t size = (uint64_t)st.st_size;
    for (uint64_t n = 0; n < (flips ? flips : size); n++) {
        off_t at = (off_t)(flips ? random_below(&random, size) : n);
        unsigned char old, changed;
        assert_int_equal(pread(fd, &old, 1, at), 1);
        changed = (unsigned char)(old ^ (1u << random_below(&random, 8)));
        assert_int_equal(pwrite(fd, &changed, 1, at), 1);
        enum verdict verdict = look(f->uri, want);
        assert_int_equal(pwrite(fd, &old, 1, at), 1);
        count[verdict]++;
        if (verdict == MISSED)
            print_error("byte %llu: %02x for %02x goes unnoticed\n",
                        (unsigned long long)at, changed, old);
    }
    close(fd);
    print_message(
        "seed %llu: %llu of %llu bytes: %llu not in use, %llu found, %llu ended "
        "the reader, %llu unnoticed\n",
        (unsigned long long)seed, (unsigned long long)(flips ? flips : size),
        (unsigned long long)size, (unsigned long long)count[SOUND],
        (unsigned long long)count[SAID], (unsigned long long)count[CRASHED],
        (unsigned long long)count[MISSED]);
    assert_int_equal(count[MISSED], 0);
    assert_int_equal(look(f->uri, want), SOUND);
}

static void a_file_cut_short_is_found(void **state)
{
    struct fixture *f = *state;
    const char *path = check_path(f->dir, "journal/data.mdb");
    struct stat st;

    fill(f);
    fixture_crash(f);
    uint64_t want = content(f->journal);
    journal_close(&f->journal);
    assert_int_equal(stat(path, &st), 0);
    for (off_t len = st.st_size - 4096; len >= 0; len -= 4096) {
        assert_int_equal(truncate(path, len), 0);
        enum verdict verdict = look(f->uri, want);
        assert_int_not_equal(verdict, MISSED);
        if (len < st.st_size / 2) /* the last pages may be free */
            assert_int_not_equal(verdict, SOUND);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        ON_LMDB(no_changed_byte_goes_unnoticed),
        ON_LMDB(a_file_cut_short_is_found),
    };
    for (int i = 1; i + 1 < argc; i += 2)
        if (!str_to_u64(str_of(argv[i + 1]),
                        strcmp(argv[i], "--seed") == 0 ? &seed : &flips))
            return 100;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
