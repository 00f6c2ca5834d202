/* warta web: the facts as a page, as an API, and as figures for Prometheus. */

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/program.h"
#include "proto/base/ready.h"
#include "proto/base/stop.h"
#include "proto/wire/frame.h"
#include "worker/sink/store.h"
#include "worker/sink/web_follow.h"
#include "worker/sink/web_http.h"
#include "worker/sink/web_line.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#define TURN_MS 200  /* at most between two looks at what else is due */
#define WAKE_MS 1000 /* streams and slow connections are looked at */

struct settings {
    const char *broker, *database, *listen;
    struct identity identity;
    struct option_list hosts;
    bool read_only;
    uint64_t connections, per_address, ready_fd;
};

#define AT(member) offsetof(struct settings, member)

static const struct option option_table[] = {
    {"database", 'd', OPTION_TEXT, AT(database), "FILE", NULL, 0, 0,
     "the store: made where it is not there"},
    {"listen", 'l', OPTION_TEXT, AT(listen), "ADDRESS:PORT", "127.0.0.1:7480", 0, 0,
     "where to serve"},
    {"broker", 'b', OPTION_TEXT, AT(broker), "ADDRESS", FRAME_BASE_DEFAULT, 0, 0,
     "base address of the broker, or of several"},
    IDENTITY_OPTIONS(struct settings, identity),
    {"read-only", 0, OPTION_FLAG, AT(read_only), NULL, NULL, 0, 0,
     "do not write the store: warta sink sqlite does"},
    {"host", 0, OPTION_LIST, AT(hosts), "NAME", NULL, 0, 0,
     "a name this server is reached by, besides localhost and addresses"},
    {"connections", 0, OPTION_U64, AT(connections), "N", "256", 4, 4096,
     "connections at most"},
    {"per-address", 0, OPTION_U64, AT(per_address), "N", "128", 1, 4096,
     "of them, from one address at most"},
    {"ready-fd", 0, OPTION_U64, AT(ready_fd), "FD", NULL, 3, 65535,
     "write a newline to this descriptor when ready"},
    {0},
};

static const struct option_program program = {
    .name = "warta web",
    .usage = "--database FILE [options]",
    .summary = "Serve the facts: a page for people, a JSON API with a live stream, and "
               "metrics.",
    .option = option_table,
    .help_tail = "Nothing can be changed through it, and it asks for no password: who can "
                 "connect\ncan read all. Exit: 0 done, 100 wrong use, 111 may work later.\n",
};

/* Another process fills the store: how far is it? 1 further than before, 0, negative. */
static int look(struct web *web, struct store **store, const char *path, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    uint64_t position = web_position(web);
    int rc = *store ? 0 : store_open(path, STORE_READ, store, err);
    if (rc == ERR_NOTFOUND || rc == ERR_LOCKED)
        return 0; /* not yet */
    if (rc < 0)
        return rc;
    if (sqlite3_prepare_v2(store_database(*store), "SELECT max(seq) FROM articles", -1,
                           &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        position = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    if (position <= web_position(web))
        return 0;
    web_set_position(web, position);
    return 1;
}

struct session {
    const struct settings *settings;
    struct web *web;
    struct web_http *http;
    struct web_follow *follow; /* NULL: read-only */
    struct store *store;       /* to look at how far it is */
    struct ready told;         /* who supervises */
};

static int turn(struct session *session, struct err *err)
{
    if (session->follow)
        return web_follow_turn(session->follow, TURN_MS, err);
    usleep(TURN_MS * 1000);
    return look(session->web, &session->store, session->settings->database, err);
}

static int serve(struct session *session, struct err *err)
{
    uint64_t wake_ms = 0, line_ms = 0;
    int rc = 0;
    while (!stop_asked() && rc >= 0) {
        rc = turn(session, err);
        diag_settle(false);
        uint64_t now = clock_now_ms();
        if (now >= line_ms) {
            web_line_ask(session->web, session->settings->broker,
                         &session->settings->identity);
            line_ms = clock_now_ms() + WEB_LINE_MS;
        }
        if (rc == 1 || now >= wake_ms) {
            web_http_wake(session->http, now);
            wake_ms = now + WAKE_MS;
        }
    }
    return rc < 0 ? rc : 0;
}

static int run(struct session *session, struct err *err)
{
    const struct settings *s = session->settings;
    const struct web_http_options http = {.listen = s->listen,
                                          .database = s->database,
                                          .hosts = &s->hosts,
                                          .connections = s->connections,
                                          .per_address = s->per_address};
    char port[16];
    int rc = s->read_only ? 0
                          : web_follow_open(session->web, s->broker, &s->identity,
                                            s->database, &session->follow, err);
    if (rc >= 0)
        rc = look(session->web, &session->store, s->database, err);
    if (rc >= 0)
        rc = web_http_open(session->web, &http, &session->http, err);
    if (rc >= 0) {
        snprintf(port, sizeof port, "%u", web_http_port(session->http));
        diag(DIAG_INFO, "web", "ready", "listen", s->listen, "port", port, "database",
             s->database, NULL);
        ready_say(&session->told);
        diag_limit(DIAG_SERVICE_LINES, DIAG_SERVICE_PER_MS); /* visitors can make it talk */
        rc = serve(session, err);
        ready_stopping(&session->told);
        diag_settle(true);
    }
    web_http_close(&session->http);
    web_follow_close(&session->follow);
    store_close(&session->store);
    return rc;
}

static int exit_code(int rc)
{
    return rc == 0                                                           ? EXIT_DONE
           : rc == ERR_USAGE || rc == ERR_VERSION || rc == ERR_FORMAT ||
                     rc == ERR_CORRUPT || rc == ERR_DENIED || rc == ERR_FIELD ? EXIT_NEVER
                                                                              : EXIT_LATER;
}

int web_main(int argc, char **argv)
{
    struct settings settings = {0};
    struct web web;
    struct session session = {.settings = &settings, .web = &web};
    struct option_set *set = NULL;
    const char **operands;
    struct err err = {0};
    int rc = option_parse(&program, argc, argv, &settings, &set, &operands, &err);
    if (rc == 1 && operands[0])
        rc = err_set(&err, ERR_USAGE, "no such argument \"%s\"", operands[0]);
    if (rc == 1 && settings.database == NULL)
        rc = err_set(&err, ERR_USAGE, "--database FILE says where the store is");
    if (rc == 1) {
        stop_catch();
        signal(SIGPIPE, SIG_IGN);
        ready_open(&session.told, settings.ready_fd);
        web_init(&web);
        rc = run(&session, &err);
        web_fini(&web);
        ready_close(&session.told);
    }
    option_free(&set);
    if (rc < 0)
        fprintf(stderr, "warta web: %s\n", err.text);
    return exit_code(rc);
}
