/* warta tail: follow the facts, from any position, filtered, as JSON Lines or for people.
 */

#include "proto/base/diag.h"
#include "proto/base/mem.h"
#include "proto/base/option.h"
#include "proto/base/program.h"
#include "proto/base/stop.h"
#include "proto/client/tail.h"
#include "proto/wire/fact.h"
#include "proto/wire/frame.h"
#include "proto/wire/scan.h"
#include "worker/sink/idle.h"
#include "worker/sink/show.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct settings {
    const char *broker, *from, *name, *colour;
    struct identity identity;
    struct option_list kinds, countries, languages, sources;
    bool json, people, confirm, until_live, until_idle;
    uint64_t count, credit;
};

#define AT(member) offsetof(struct settings, member)

static const struct option option_table[] = {
    {"broker", 'b', OPTION_TEXT, AT(broker), "ADDRESS", FRAME_BASE_DEFAULT, 0, 0,
     "base address of the broker, or of several"},
    IDENTITY_OPTIONS(struct settings, identity),
    {"from", 'f', OPTION_TEXT, AT(from), "POSITION", "new", 0, 0,
     "where to begin: a position, first, new, or mark (see --name)"},
    {"kind", 'k', OPTION_LIST, AT(kinds), "KIND", NULL, 0, 0,
     "only these: article entity time quantity quote role event"},
    {"country", 0, OPTION_LIST, AT(countries), "CC", NULL, 0, 0,
     "only facts of these countries (ISO 3166-1 alpha-2; - for none)"},
    {"language", 0, OPTION_LIST, AT(languages), "CODE", NULL, 0, 0,
     "only articles in these languages"},
    {"source", 0, OPTION_LIST, AT(sources), "DOMAIN", NULL, 0, 0,
     "only articles of these outlets"},
    {"json", 0, OPTION_FLAG, AT(json), NULL, NULL, 0, 0,
     "JSON Lines (the default unless standard output is a terminal)"},
    {"people", 0, OPTION_FLAG, AT(people), NULL, NULL, 0, 0, "lines for people"},
    {"colour", 0, OPTION_TEXT, AT(colour), "WHEN", "auto", 0, 0, "auto, always or never"},
    {"count", 'n', OPTION_U64, AT(count), "N", NULL, 0, 0, "stop after N entries"},
    {"until-live", 0, OPTION_FLAG, AT(until_live), NULL, NULL, 0, 0,
     "stop when all there is has been shown"},
    {"until-idle", 0, OPTION_FLAG, AT(until_idle), NULL, NULL, 0, 0,
     "stop when nothing is left to be read either"},
    {"name", 0, OPTION_TEXT, AT(name), "NAME", NULL, 0, 0,
     "name this consumer, for people and for --confirm"},
    {"confirm", 0, OPTION_FLAG, AT(confirm), NULL, NULL, 0, 0,
     "let the broker keep my position under --name; resume with --from mark"},
    {"credit", 0, OPTION_U64, AT(credit), "N", "256", 1, LIMIT_CREDIT,
     "entries under way at most"},
    {0},
};

static const struct option_program program = {
    .name = "warta tail",
    .usage = "[options]",
    .summary = "Follow the facts a broker publishes, from any position and filtered.",
    .option = option_table,
    .help_tail = "Positions are the seq of records. Exit: 0 done, 100 wrong use, 111 the "
                 "broker\nis gone.\n",
};

struct session {
    struct settings *settings;
    struct show_options show;
    bool json;
    struct tail *tail;
    struct arena arena;
    struct buf out;
    uint64_t entries; /* shown so far */
    uint64_t next;    /* position to resume from */
    bool live, said_waiting;
    bool pipe_gone; /* nobody reads what is printed any more */
    struct err denied; /* the broker does not tell us whether it is idle */
};

/* One record; `number` counts those of an entry from 0. */
static void print_record(struct session *session, const struct fact *fact, int number)
{
    if (session->json) {
        record_print(fact_tables[fact->kind], fact, &session->out);
        buf_add_char(&session->out, '\n');
        return;
    }
    if (number == 0 && session->entries > 1)
        buf_add_char(&session->out, '\n');
    if (number == 0 && fact->kind != FACT_ARTICLE) /* the filter took it out */
        show_heading(&session->show, fact, &session->out);
    show_fact(&session->show, fact, &session->out);
}

static int print_entry(struct session *session, struct str entry, struct err *err)
{
    struct scan all = scan_begin(entry);
    struct scan_value list, record;
    if (scan_check(entry, &(struct scan_limits){LIMIT_DEPTH, LIMIT_OBJECTS}, err) < 0)
        return err_prefix(err, "entry");
    if (scan_next(&all, &list) != 1 || list.type != SCAN_ARRAY)
        return err_set(err, ERR_FORMAT, "entry is not an array");
    struct scan inside = scan_inside(&list);
    for (int number = 0; scan_next(&inside, &record) == 1; number++) {
        struct fact fact;
        int rc = fact_decode(record.raw, &session->arena, &fact, err);
        if (rc < 0)
            return err_prefix(err, "entry");
        print_record(session, &fact, number);
    }
    arena_reset(&session->arena);
    return 0;
}

/* Write out what has been gathered: at the end of each entry, so that pipes see it at
 * once. 1; 0 when the reader of the pipe is gone: then it is all over. */
static int write_out(struct session *session, struct err *err)
{
    const char *at = session->out.ptr;
    size_t left = session->out.len;
    while (left) {
        ssize_t n = write(STDOUT_FILENO, at, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EPIPE) { /* the reader has seen enough */
            session->pipe_gone = true;
            return 0;
        }
        if (n < 0)
            return err_system(err, "standard output");
        at += n;
        left -= (size_t)n;
    }
    buf_clear(&session->out);
    return 1;
}

/* Is everything shown there is, with nothing left to be read? Also where it is not told.
 */
static bool is_idle(struct session *session)
{
    struct err why = {0};
    int rc = idle_ask(session->settings->broker, &session->settings->identity,
                      session->next, &why);
    if (rc < 0)
        session->denied = why;
    return rc != 0;
}

static bool is_finished(struct session *session)
{
    const struct settings *settings = session->settings;
    if (stop_asked() || session->pipe_gone ||
        (settings->count && session->entries >= settings->count))
        return true;
    return session->live && settings->until_live;
}

/* The broker keeps the position: only of what has been written out. */
static int confirm(struct session *session, struct err *err)
{
    if (!session->settings->confirm || stop_asked() || session->pipe_gone)
        return 0;
    int rc = tail_confirm(session->tail, session->next, err);
    return rc == ERR_FULL ? 0 : rc; /* the next one tells the same, and more */
}

static int handle(struct session *session, const struct tail_item *item, struct err *err)
{
    switch (item->what) {
    case TAIL_ENTRY:
        session->entries++;
        session->next = item->next;
        if (print_entry(session, item->entry, err) < 0 || write_out(session, err) < 0)
            return err->code;
        return confirm(session, err);
    case TAIL_LIVE:
        session->live = true;
        session->next = item->next;
        return confirm(session, err);
    case TAIL_MOVED:
        session->next = item->next;
        return confirm(session, err);
    case TAIL_GAP:
        session->next = item->next;
        diag(DIAG_WARN, "tail", "positions cannot be had", "from",
             diag_u64(item->gap_from), "to", diag_u64(item->gap_to), "reason",
             diag_str(item->reason), NULL);
        return 0;
    }
    return 0;
}

/* Nothing came for a while. True: nothing more is to be expected. */
static bool rest(struct session *session)
{
    struct pollfd reader = {.fd = STDOUT_FILENO};
    bool connected = tail_connected(session->tail);
    if (!connected && !session->said_waiting)
        fprintf(stderr, "warta tail: no answer from %s: waiting for a broker\n",
                session->settings->broker);
    session->said_waiting = !connected;
    if (poll(&reader, 1, 0) > 0 && (reader.revents & POLLERR))
        return true; /* nobody reads what we would write */
    return session->live && connected && session->settings->until_idle &&
           is_idle(session);
}

static int follow(struct session *session, struct err *err)
{
    bool finished = false;
    while (!finished && !is_finished(session)) {
        struct tail_item item;
        int rc = tail_next(session->tail, session->live ? 200 : 1000, &item, err);
        if (rc > 0)
            rc = handle(session, &item, err);
        else if (rc == 0)
            finished = rest(session);
        if (rc < 0)
            return rc;
    }
    if (session->denied.code)
        *err = session->denied;
    return session->denied.code;
}

static int parse_from(const char *text, uint64_t *from_out, struct err *err)
{
    struct str s = str_of(text);
    if (str_is(s, "first"))
        *from_out = TAIL_FIRST;
    else if (str_is(s, "new"))
        *from_out = TAIL_NEW;
    else if (str_is(s, "mark"))
        *from_out = TAIL_MARK;
    else if (!str_to_u64(s, from_out) || *from_out >= TAIL_MARK)
        return err_set(err, ERR_USAGE,
                       "--from takes a position, first, new or mark, not \"%s\"", text);
    return 0;
}

static int check_filters(const struct settings *s, struct err *err)
{
    for (size_t i = 0; i < s->kinds.count; i++) {
        int kind = FACT_KINDS;
        while (--kind > 0 && !str_is(str_of(s->kinds.item[i]), fact_kind_names[kind]))
            ;
        if (kind == 0)
            return err_set(err, ERR_USAGE, "--kind: no such kind \"%s\"",
                           s->kinds.item[i]);
    }
    for (size_t i = 0; i < s->countries.count; i++) {
        const char *cc = s->countries.item[i];
        bool is_code = strlen(cc) == 2 && cc[0] >= 'A' && cc[0] <= 'Z' && cc[1] >= 'A' &&
                       cc[1] <= 'Z';
        if (!is_code && strcmp(cc, "-") != 0)
            return err_set(err, ERR_USAGE,
                           "--country takes two capital letters (ID), or - for none, "
                           "not \"%s\"",
                           cc);
    }
    return 0;
}

/* Checks what the option table cannot, and fills the session's manner of printing. */
static int set_up(struct session *session, uint64_t *from_out, struct err *err)
{
    const struct settings *s = session->settings;
    bool terminal = isatty(STDOUT_FILENO);
    if (parse_from(s->from, from_out, err) < 0)
        return err->code;
    if (s->json && s->people)
        return err_set(err, ERR_USAGE, "--json and --people exclude each other");
    if ((s->confirm || *from_out == TAIL_MARK) && s->name == NULL)
        return err_set(err, ERR_USAGE, "--confirm and --from mark need --name");
    if (check_filters(s, err) < 0)
        return err->code;
    session->json = s->json || (!s->people && !terminal);
    struct str when = str_of(s->colour);
    if (!str_is(when, "auto") && !str_is(when, "always") && !str_is(when, "never"))
        return err_set(err, ERR_USAGE, "--colour takes auto, always or never");
    session->show.colour = str_is(when, "always") || (str_is(when, "auto") && terminal &&
                                                      getenv("NO_COLOR") == NULL);
    struct winsize size;
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        session->show.columns = size.ws_col;
    return 0;
}

/* A NULL-terminated copy of an option's values. */
static const char **strings(const struct option_list *list)
{
    const char **copy = mem_zero(list->count + 1, sizeof *copy);
    for (size_t i = 0; i < list->count; i++)
        copy[i] = list->item[i];
    return copy;
}

static int run(struct session *session, uint64_t from, struct err *err)
{
    const struct settings *s = session->settings;
    const char **filter[] = {strings(&s->kinds), strings(&s->countries),
                             strings(&s->languages), strings(&s->sources)};
    struct tail_options options = {
        .base = s->broker,
        .identity = s->identity,
        .from = from,
        .credit = (uint32_t)s->credit,
        .name = s->name,
        .kinds = filter[0],
        .countries = filter[1],
        .languages = filter[2],
        .sources = filter[3],
    };
    arena_init(&session->arena, (size_t)LIMIT_ENTRY_BYTES * 64);
    int rc = tail_open(&options, &session->tail, err);
    if (rc == 0)
        rc = follow(session, err);
    tail_close(&session->tail);
    arena_fini(&session->arena);
    buf_fini(&session->out);
    for (size_t i = 0; i < sizeof filter / sizeof *filter; i++)
        mem_free(filter[i]);
    return rc;
}

int tail_main(int argc, char **argv)
{
    struct settings settings = {0};
    struct session session = {.settings = &settings};
    struct option_set *set = NULL;
    const char **operands;
    struct err err = {0};
    uint64_t from = 0;
    int rc = option_parse(&program, argc, argv, &settings, &set, &operands, &err);
    if (rc == 1 && operands[0])
        rc = err_set(&err, ERR_USAGE, "no such argument \"%s\"", operands[0]);
    if (rc == 1)
        rc = set_up(&session, &from, &err) < 0 ? err.code : 1;
    if (rc == 1) {
        stop_catch();
        signal(SIGPIPE, SIG_IGN);
        rc = run(&session, from, &err);
    }
    option_free(&set);
    if (rc == 0)
        return EXIT_DONE;
    fprintf(stderr, "warta tail: %s\n", err.text);
    return rc == ERR_USAGE || rc == ERR_VERSION ? EXIT_NEVER : EXIT_LATER;
}
