/* warta ctl: ask and steer a running broker (proto/admin.txt); look at a journal. */

#include "proto/client/ask.h"
#include "proto/client/keys.h"

#include "proto/base/option.h"
#include "proto/base/program.h"
#include "proto/wire/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TOP_EVERY_S 1

struct ctl_settings {
    struct ask_options ask;
    const char *dir;
    bool once, now, replace;
};

static const struct option options[] = {
    {"broker", 'b', OPTION_TEXT, offsetof(struct ctl_settings, ask.base), "ADDRESS",
     FRAME_BASE_DEFAULT, 0, 0, "the broker's base address"},
    IDENTITY_OPTIONS(struct ctl_settings, ask.identity),
    {"wait", 'w', OPTION_MS, offsetof(struct ctl_settings, ask.wait_ms), "TIME", "3s", 1,
     3600 * 1000, "wait so long for an answer"},
    {"once", '1', OPTION_FLAG, offsetof(struct ctl_settings, once), NULL, NULL, 0, 0,
     "top: print one picture and end"},
    {"now", 'n', OPTION_FLAG, offsetof(struct ctl_settings, now), NULL, NULL, 0, 0,
     "drain, trim: do not wait until it is done"},
    {"replace", 0, OPTION_FLAG, offsetof(struct ctl_settings, replace), NULL, NULL, 0, 0,
     "restore: put the journal that is there aside"},
    {"dir", 'd', OPTION_TEXT, offsetof(struct ctl_settings, dir), "DIR", ".", 0, 0,
     "keygen, keys: where keys are"},
    {0},
};

static const struct option_program program = {
    .name = "warta ctl",
    .usage = "[options] COMMAND [WORD...]",
    .summary = "Asks and steers a running broker, and verifies a journal.",
    .option = options,
    .help_tail =
        "Commands:\n"
        "  status                      state, positions and counts\n"
        "  stats                       every counter and gauge\n"
        "  metrics                     the same, as Prometheus reads it\n"
        "  top                         rates, second by second\n"
        "  workers, feeders, tails     who is connected\n"
        "  feed list                   feeds, and what of theirs waits\n"
        "  feed pause FEED             keep its articles, give none out\n"
        "  feed resume FEED            give them out again\n"
        "  dead [list [FROM [COUNT]]]  list dead letters\n"
        "  dead show SEQ               the article of one, as JSON\n"
        "  dead history SEQ            whose it is, and each attempt\n"
        "  dead replay SEQ|all         put back as work\n"
        "  dead purge SEQ|all          give up for good\n"
        "  pause, resume               stop and start giving out work\n"
        "  drain [WORKER]              a worker, or all, finishes and leaves\n"
        "  mark NAME                   the position a consumer confirmed\n"
        "  consumers                   named consumers, and what is kept for them\n"
        "  consumers forget NAME       keep nothing for it any more\n"
        "  trim articles|facts BEFORE  drop entries below a position\n"
        "  stop                        drain the broker and end it\n"
        "  keygen NAME                 make NAME.public and NAME.secret\n"
        "  keys                        list the keys there are\n"
        "  copy FROM TO                bring what a journal holds into another one\n"
        "  check [URI]                 verify a journal; a broker may have it open\n"
        "  backup DIR [URI]            copy a journal, which a broker may have open\n"
        "  restore DIR [URI]           make a journal of a backup",
};

/* ---- one request ---- */

static int exit_code(int code)
{
    switch (code) {
    case ERR_TIMEOUT:
    case ERR_GONE:
    case ERR_SYSTEM:
        return EXIT_LATER;
    case ERR_NOTFOUND:
    case ERR_STATE:
    case ERR_CONFLICT:
        return EXIT_NO;
    default:
        return EXIT_NEVER;
    }
}

static int complain(const struct err *err)
{
    fprintf(stderr, "warta ctl: %s\n", err->text);
    return exit_code(err->code);
}

/* Two words here are one to the broker. */
static void join(const char *const *word, struct buf *request)
{
    static const char *const pairs[][3] = {
        {"dead", "list", "dead"},
        {"dead", "show", "dead-show"},
        {"dead", "history", "dead-history"},
        {"dead", "replay", "dead-replay"},
        {"dead", "purge", "dead-purge"},
        {"consumers", "forget", "consumers-forget"},
        {"feed", "list", "feeds"},
        {"feed", "pause", "feed-pause"},
        {"feed", "resume", "feed-resume"},
    };
    int from = 1;
    const char *first = word[0];
    for (size_t i = 0; word[1] && i < sizeof pairs / sizeof pairs[0]; i++)
        if (strcmp(word[0], pairs[i][0]) == 0 && strcmp(word[1], pairs[i][1]) == 0) {
            first = pairs[i][2];
            from = 2;
        }
    buf_add_str(request, str_of(first));
    for (int i = from; word[i]; i++) {
        buf_add_char(request, ' ');
        buf_add_str(request, str_of(word[i]));
    }
}

/* One request; its answer goes to standard output, and stays in *answer. */
static int request(const struct ctl_settings *settings, struct str words,
                   struct buf *answer)
{
    struct err err = {0};
    buf_clear(answer);
    if (ask(&settings->ask, words, answer, &err) < 0)
        return complain(&err);
    size_t len = buf_str(answer).len;
    bool ok = fwrite(buf_str(answer).ptr, 1, len, stdout) == len && fflush(stdout) == 0;
    return ok ? EXIT_DONE : EXIT_LATER;
}

static uint64_t value_of(struct str text, const char *name);

/* "all" of many is done piece by piece: the answer says where to go on. */
static int command(const struct ctl_settings *settings, const char *const *word)
{
    struct buf words = {0}, answer = {0};
    uint64_t next;
    join(word, &words);
    size_t len = words.len;
    int code = request(settings, buf_str(&words), &answer);
    bool all = str_starts(buf_str(&words), STR("dead-")) && word[2] &&
               strcmp(word[2], "all") == 0 && word[3] == NULL;
    while (code == EXIT_DONE && all && (next = value_of(buf_str(&answer), "next"))) {
        words.len = len;
        buf_printf(&words, " %" PRIu64, next);
        code = request(settings, buf_str(&words), &answer);
    }
    buf_fini(&words);
    buf_fini(&answer);
    return code;
}

/* ---- what takes time ---- */

#define PROGRESS_EVERY_NS (200 * 1000 * 1000)

/* Of the broker's progress the lines that begin so; false: there are none. */
static bool left(struct str text, struct str what, struct buf *out)
{
    struct str line;
    buf_clear(out);
    while (str_split(&text, '\n', &line) == 1) {
        if (!str_starts(line, what) || (line.len > what.len && line.ptr[what.len] != ' '))
            continue;
        buf_printf(out, "%s%.*s", out->len ? ", " : "", STR_ARG(line));
    }
    return out->len > 0;
}

/* Begin it, then look until the broker has no more of it to do; what is left is shown as
 * it changes. */
static int command_and_wait(const struct ctl_settings *settings, const char *const *word)
{
    struct buf what = {0}, answer = {0}, now = {0}, shown = {0};
    struct err err = {0};
    int code = command(settings, word);
    bool more = code == EXIT_DONE && !settings->now;
    buf_printf(&what, word[1] ? "%s %s" : "%s", word[0], word[1]);
    while (more) {
        buf_clear(&answer);
        if (ask(&settings->ask, STR("progress"), &answer, &err) < 0) {
            code = complain(&err);
            break;
        }
        more = left(buf_str(&answer), buf_str(&what), &now);
        if (more && !str_eq(buf_str(&now), buf_str(&shown)))
            fprintf(stderr, "%.*s\n", STR_ARG(buf_str(&now)));
        buf_clear(&shown);
        buf_add_str(&shown, buf_str(&now));
        if (more)
            nanosleep(&(struct timespec){.tv_nsec = PROGRESS_EVERY_NS}, NULL);
    }
    if (code == EXIT_DONE && !settings->now)
        puts("done");
    buf_fini(&what);
    buf_fini(&answer);
    buf_fini(&now);
    buf_fini(&shown);
    return code;
}

/* ---- top ---- */

static uint64_t value_of(struct str text, const char *name)
{
    struct str line;
    struct str key = str_of(name);
    uint64_t value = 0;
    while (str_split(&text, '\n', &line) == 1)
        if (str_starts(line, key) && line.len > key.len && line.ptr[key.len] == ' ')
            str_to_u64(str_from(line, key.len + 1), &value);
    return value;
}

/* Counts of a broker that was restarted in between begin anew. */
static uint64_t per_second(struct str before, struct str after, const char *name)
{
    uint64_t old = value_of(before, name), new = value_of(after, name);
    return new >= old ? (new - old) / TOP_EVERY_S : new / TOP_EVERY_S;
}

static void print_top(struct str before, struct str after, struct str status,
                      struct str workers)
{
    static const struct {
        const char *label, *name;
    } rates[] = {
        {"articles stored", "ingest_stored"},
        {"duplicates", "ingest_duplicate"},
        {"sent away busy", "ingest_busy"},
        {"rejected", "ingest_rejected"},
        {"jobs given out", "dispatch_jobs"},
        {"entries durable", "collect_entries"},
        {"facts", "collect_facts"},
        {"entries to consumers", "tail_entries"},
        {"records published", "public_records"},
        {"flushes", "journal_flushes"},
    };
    static const char *const counts[] = {"unfinished", "leased", "dead",      "workers",
                                         "feeders",    "tails",  "facts_last"};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
        printf("%-22s %10" PRIu64 " /s %14" PRIu64 "\n", rates[i].label,
               per_second(before, after, rates[i].name), value_of(after, rates[i].name));
    printf("\n");
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        printf("%s %" PRIu64 "  ", counts[i], value_of(status, counts[i]));
    printf("\n\nworker extractor credit leased done failed heard_ms key\n%.*s",
           STR_ARG(workers));
}

static int sample(const struct ctl_settings *settings, const char *what, struct buf *out,
                  struct err *err)
{
    buf_clear(out);
    return ask(&settings->ask, str_of(what), out, err);
}

static int top(const struct ctl_settings *settings)
{
    struct buf before = {0}, after = {0}, status = {0}, workers = {0};
    struct err err = {0};
    bool live = !settings->once && isatty(STDOUT_FILENO);
    int rc = sample(settings, "stats", &before, &err);
    while (rc == 0) {
        nanosleep(&(struct timespec){.tv_sec = TOP_EVERY_S}, NULL);
        if ((rc = sample(settings, "stats", &after, &err)) < 0 ||
            (rc = sample(settings, "status", &status, &err)) < 0 ||
            (rc = sample(settings, "workers", &workers, &err)) < 0)
            break;
        if (live)
            printf("\033[H\033[2J");
        print_top(buf_str(&before), buf_str(&after), buf_str(&status), buf_str(&workers));
        if (fflush(stdout) != 0 || !live)
            break;
        struct buf old = before;
        before = after;
        after = old;
    }
    buf_fini(&before);
    buf_fini(&after);
    buf_fini(&status);
    buf_fini(&workers);
    return rc < 0 ? complain(&err) : EXIT_DONE;
}

/* ---- journals ---- */

/* The broker's own code does it, in its place: only broker/ knows a journal. */
static int journal_command(const struct ctl_settings *settings, const char *const *word)
{
    char with_scheme[4096];
    bool is_check = strcmp(word[0], "check") == 0, is_copy = strcmp(word[0], "copy") == 0;
    const char *uri = is_check || is_copy ? word[1] : word[1] ? word[2] : NULL;
    if (!is_check && (word[1] == NULL || (is_copy && word[2] == NULL))) {
        fprintf(stderr, "warta ctl: %s %s\n", word[0], is_copy ? "FROM TO" : "DIR [URI]");
        return EXIT_NEVER;
    }
    if (uri == NULL)
        uri = "lmdb:/var/lib/warta/journal";
    if (strchr(uri, ':') == NULL) {
        snprintf(with_scheme, sizeof with_scheme, "lmdb:%s", uri);
        uri = with_scheme;
    }
    const char *self = "/proc/self/exe";
    if (is_check)
        execl(self, "warta", "broker", "--check-journal", uri, (char *)NULL);
    else if (is_copy)
        execl(self, "warta", "broker", "--journal", uri, "--copy-to", word[2],
              (char *)NULL);
    else if (strcmp(word[0], "backup") == 0)
        execl(self, "warta", "broker", "--journal", uri, "--backup", word[1],
              (char *)NULL);
    else
        execl(self, "warta", "broker", "--journal", uri, "--restore", word[1],
              settings->replace ? "--replace" : (char *)NULL, (char *)NULL);
    perror("warta ctl: /proc/self/exe");
    return EXIT_LATER;
}

static bool is_journal_command(const char *word)
{
    return strcmp(word, "check") == 0 || strcmp(word, "backup") == 0 ||
           strcmp(word, "restore") == 0 || strcmp(word, "copy") == 0;
}

int ctl_main(int argc, char **argv)
{
    struct ctl_settings settings = {0};
    struct option_set *set = NULL;
    const char **word = NULL;
    struct err err = {0};
    int code = EXIT_DONE;
    int rc = option_parse(&program, argc, argv, &settings, &set, &word, &err);
    if (rc == 1 && word[0] == NULL)
        rc = err_set(&err, ERR_USAGE, "no command given; see warta ctl --help");
    if (rc < 0) {
        fprintf(stderr, "warta ctl: %s\n", err.text);
        code = EXIT_NEVER;
    } else if (rc == 1 && is_journal_command(word[0])) {
        code = journal_command(&settings, word);
    } else if (rc == 1 && keys_is_command(word)) {
        if (keys_command(settings.dir, word, &err) < 0)
            code = complain(&err);
    } else if (rc == 1 && strcmp(word[0], "top") == 0) {
        code = top(&settings);
    } else if (rc == 1 &&
               (strcmp(word[0], "drain") == 0 || strcmp(word[0], "trim") == 0)) {
        code = command_and_wait(&settings, word);
    } else if (rc == 1) {
        code = command(&settings, word);
    }
    option_free(&set);
    return code;
}
