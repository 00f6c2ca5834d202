/* warta broker: options, exit codes, and the run of a broker. */

#include "broker/broker.h"
#include "proto/base/diag.h"
#include "proto/base/program.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct option_program program = {
    .name = "warta broker",
    .usage = "[options]",
    .summary =
        "Takes articles in, hands them to workers, keeps their facts and passes them "
        "on.\nThe only process with state: all others may be killed at any instant.",
    .option = settings_option,
    .help_tail = "Signals: SIGTERM and SIGINT drain and end, a second one ends at once; "
                 "SIGHUP\nreads the allow list, queue-*, beat, dead, lease, deaths, "
                 "failures, idle-flush and\ndrain again.",
};

int broker_exit_code(int code)
{
    switch (code) {
    case ERR_USAGE:
    case ERR_VERSION:
    case ERR_FORMAT:
    case ERR_FIELD:
    case ERR_CORRUPT:
    case ERR_BUILD:
    case ERR_CONFLICT:
    case ERR_DENIED:
        return EXIT_NEVER;
    default:
        return EXIT_LATER;
    }
}

static int reload(void *context, struct settings *settings, struct err *err)
{
    return option_reload(context, settings, err);
}

/* A crash may be the journal's doing, whose pages LMDB trusts: the next start would end
 * the same way, and nobody would know where to look. Only what a handler may call. A page
 * that a damaged one points to and that is not in the file (SIGBUS), or that the disk
 * does not give, is no fault of the program: it ends as with any other damage. */
static const char *at_work_on = ""; /* the journal, for a handler to name */

static void say(const char *text)
{
    ssize_t n = write(STDERR_FILENO, text, strlen(text));
    (void)n;
}

static void last_words(int number)
{
    if (number == SIGBUS) {
        say("level=error mod=broker msg=\"a page of the journal is not there: its file "
            "is "
            "damaged or cannot be read: see warta ctl check and warta ctl restore\" "
            "journal=");
        say(at_work_on);
        say("\n");
        _exit(EXIT_NEVER);
    }
    say("level=error mod=broker msg=\"crashed; the journal may be damaged: see warta ctl "
        "check\"\n");
    raise(number); /* by its default, since SA_RESETHAND */
}

static void prepare_signals(void)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    const struct sigaction say = {.sa_handler = last_words,
                                  .sa_flags = (int)SA_RESETHAND};
    struct sigaction now;
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        if (sigaction(crashes[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
            sigaction(crashes[i], &say, NULL); /* a sanitizer has its own */
    signal(SIGXFSZ, SIG_IGN); /* a limit of file sizes is a full disk, not an end */
}

static int run(const struct settings *settings, struct option_set *set, struct err *err)
{
    struct broker *broker = NULL;
    if (settings->check_journal)
        return broker_check(settings->check_journal, err);
    if (settings->backup)
        return broker_backup(settings->journal, settings->backup, err);
    if (settings->restore)
        return broker_restore(settings->journal, settings->restore, settings->replace,
                              err);
    if (settings->copy_to)
        return broker_copy(settings->journal, settings->copy_to, settings->map_bytes,
                           err);
    at_work_on = settings->journal;
    signal(SIGPIPE, SIG_IGN); /* whoever reads the log may go */
    int rc = broker_open(settings, &broker, err);
    if (rc == 0)
        rc = broker_run(broker, reload, set, err);
    broker_close(&broker);
    return rc;
}

int broker_main(int argc, char **argv)
{
    struct settings settings = {0};
    struct option_set *set = NULL;
    const char **operand = NULL;
    struct err err = {0};
    int rc = option_parse(&program, argc, argv, &settings, &set, &operand, &err);
    if (rc == 1 && operand[0] != NULL)
        rc = err_set(&err, ERR_USAGE, "%s: no operand is taken", operand[0]);
    prepare_signals();
    if (rc == 1)
        rc = run(&settings, set, &err);
    else if (rc < 0)
        err.code = ERR_USAGE;
    option_free(&set);
    if (rc < 0) {
        fprintf(stderr, "warta broker: %s\n", err.text);
        return broker_exit_code(err.code);
    }
    return rc; /* 0, or 1: the answer is no, or what a child said */
}
