#include "tests/contract/journal_fixture.h"

#include "broker/journal_mem.h"
#include "proto/base/mem.h"

#ifdef HAVE_NATS
#include "broker/journal_nats.h"
#endif

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 10000

/* ---- one nats-server for all tests of a program ---- */

static struct server {
    pid_t pid;
    char *dir; /* owned */
    int port, journals;
} server;

static void stop_server(void)
{
    kill(server.pid, SIGKILL);
    waitpid(server.pid, NULL, 0);
    check_dir_remove(&server.dir);
}

static int read_port(const char *dir)
{
    char command[400], line[64] = "";
    snprintf(command, sizeof command,
             "sed -n 's/.*nats:..[^:]*:\\([0-9]*\\).*/\\1/p' %s/nats-server_*.ports "
             "2>/dev/null",
             dir);
    FILE *pipe = popen(command, "r");
    if (pipe == NULL || fgets(line, sizeof line, pipe) == NULL)
        line[0] = '\0';
    if (pipe)
        pclose(pipe);
    return atoi(line);
}

static void start_server(void)
{
    char config[300];
    server.dir = check_dir_make();
    snprintf(config, sizeof config, "%s/server.conf", server.dir);
    FILE *file = fopen(config, "w");
    assert_non_null(file);
    fprintf(file,
            "listen: \"127.0.0.1:-1\"\nmax_payload: 8MB\nports_file_dir: \"%s\"\n"
            "jetstream { store_dir: \"%s/store\" }\n",
            server.dir, server.dir);
    fclose(file);
    server.pid = fork();
    if (server.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(1);
        execlp("nats-server", "nats-server", "-c", config, (char *)NULL);
        _exit(127);
    }
    atexit(stop_server);
    for (int i = 0; i < 200 && server.port == 0; i++) {
        usleep(50000);
        server.port = read_port(server.dir);
    }
    assert_true(server.port > 0);
}

bool fixture_has_nats(void)
{
#ifdef HAVE_NATS
    if (system("command -v nats-server >/dev/null 2>&1") == 0)
        return true;
#endif
    print_message(
        "skipped: the journal in a cluster: libnats or nats-server is not here\n");
    return false;
}

static void open_journal(struct fixture *fixture)
{
    struct err err = {0};
    assert_ok(journal_open(fixture->uri, &fixture->options, &fixture->journal, &err),
              &err);
    journal_want(fixture->journal, UINT32_MAX);
}

struct fixture *fixture_new(const char *engine)
{
    struct fixture *fixture = mem_zero(1, sizeof *fixture);

    fixture->engine = engine;
    fixture->dir = check_dir_make();
    if (fixture_is_mem(fixture))
        snprintf(fixture->uri, sizeof fixture->uri, "mem:");
    else if (fixture_is_nats(fixture)) {
        if (server.pid == 0)
            start_server();
        snprintf(fixture->uri, sizeof fixture->uri, "nats://127.0.0.1:%d?name=t%d",
                 server.port, ++server.journals);
    } else
        snprintf(fixture->uri, sizeof fixture->uri, "lmdb:%s/journal", fixture->dir);
    fixture->options.map_bytes = 64 << 20;
    open_journal(fixture);
    return fixture;
}

void fixture_free(struct fixture *fixture)
{
    journal_close(&fixture->journal);
    check_dir_remove(&fixture->dir);
    mem_free(fixture);
}

bool fixture_is_mem(const struct fixture *fixture)
{
    return strcmp(fixture->engine, "mem") == 0;
}

bool fixture_is_nats(const struct fixture *fixture)
{
    return strcmp(fixture->engine, "nats") == 0;
}

/* Until all that was flushed is stored, and the counts are those of the servers. */
static void settle_down(const struct fixture *fixture)
{
#ifdef HAVE_NATS
    struct err err = {0};
    if (fixture_is_nats(fixture))
        assert_ok(journal_nats_wait(fixture->journal, WAIT_MS, &err), &err);
#else
    (void)fixture;
#endif
}

static void wait_a_little(const struct fixture *fixture)
{
    struct pollfd fd = {.fd = journal_fd(fixture->journal), .events = POLLIN};
    (void)poll(&fd, 1, 20);
}

int read_from(struct fixture *fixture, enum journal_stream stream, uint64_t from,
              struct journal_item *out)
{
    int rc = journal_read(fixture->journal, stream, from, out, NULL);
    for (int i = 0; rc == ERR_FULL && i < WAIT_MS / 20; i++) {
        wait_a_little(fixture);
        stats(fixture);
        rc = journal_read(fixture->journal, stream, from, out, NULL);
    }
    return rc;
}

int get_at(struct fixture *fixture, enum journal_stream stream, uint64_t seq,
           struct journal_item *out)
{
    int rc = journal_get(fixture->journal, stream, seq, out, NULL);
    for (int i = 0; rc == ERR_FULL && i < WAIT_MS / 20; i++) {
        wait_a_little(fixture);
        stats(fixture);
        rc = journal_get(fixture->journal, stream, seq, out, NULL);
    }
    return rc;
}

void fixture_crash(struct fixture *fixture)
{
    if (fixture_is_mem(fixture)) {
        journal_mem_crash(fixture->journal);
        return;
    }
    journal_close(&fixture->journal);
    open_journal(fixture);
}

uint64_t append(struct fixture *fixture, enum journal_stream stream, const char *id,
                const char *bytes)
{
    struct err err = {0};
    uint64_t ticket = 0;

    assert_ok(journal_append(fixture->journal, stream, str_of(id), str_of(bytes), &ticket,
                             &err),
              &err);
    assert_true(ticket > 0);
    return ticket;
}

void flush(struct fixture *fixture)
{
    struct err err = {0};
    assert_ok(journal_flush(fixture->journal, &err), &err);
    settle_down(fixture);
}

struct journal_outcome put(struct fixture *fixture, enum journal_stream stream,
                           const char *id, const char *bytes)
{
    struct journal_outcome outcome = {0};
    uint64_t ticket = append(fixture, stream, id, bytes);

    flush(fixture);
    assert_int_equal(journal_settle(fixture->journal, &outcome), 1);
    assert_int_equal(outcome.ticket, ticket);
    assert_int_equal(outcome.stream, stream);
    return outcome;
}

void put_articles(struct fixture *fixture, int n)
{
    struct journal_outcome outcome;
    char id[32], bytes[64];

    for (int i = 1; i <= n; i++) {
        snprintf(id, sizeof id, "a%d", i);
        snprintf(bytes, sizeof bytes, "text of a%d", i);
        append(fixture, JOURNAL_ARTICLES, id, bytes);
    }
    flush(fixture);
    while (journal_settle(fixture->journal, &outcome) == 1)
        assert_int_equal(outcome.error, 0);
}

struct journal_item take(struct fixture *fixture, uint64_t seq)
{
    struct journal_item item;
    struct err err = {0};

    int rc = journal_take(fixture->journal, &item, &err);
    for (int i = 0; fixture_is_nats(fixture) && rc == 0 && i < (seq ? WAIT_MS / 20 : 5);
         i++) {
        wait_a_little(fixture);
        rc = journal_take(fixture->journal, &item, &err);
    }
    assert_int_equal(rc, seq ? 1 : 0);
    if (seq)
        assert_int_equal(item.seq, seq);
    return item;
}

struct journal_stats stats(const struct fixture *fixture)
{
    struct journal_stats now = {0};
    settle_down(fixture);
    journal_stats(fixture->journal, &now);
    return now;
}

int fixture_setup_mem(void **state)
{
    *state = fixture_new("mem");
    return 0;
}

int fixture_setup_lmdb(void **state)
{
    *state = fixture_new("lmdb");
    return 0;
}

int fixture_setup_nats(void **state)
{
    *state = fixture_new("nats");
    return 0;
}

int fixture_teardown(void **state)
{
    fixture_free(*state);
    return 0;
}
