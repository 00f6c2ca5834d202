/* The one command: `warta SUB ...` calls SUB's main (proto/base/program.h). */

#include "deploy/version.h"
#include "proto/base/program.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES    16 /* longer than any sub-command's name */
#define TYPING_ERRORS 2

struct command {
    const char *name, *help;
    int (*main)(int argc, char **argv);
};

static const struct command commands[] = {
#define X(name, help) {#name, help, name##_main},
    PROGRAM_LIST(X)
#undef X
        {0},
};

static const struct command *find(const char *name)
{
    for (const struct command *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static void print_help(FILE *out)
{
    fputs("Usage: warta COMMAND [options]\n"
          "Reads live news and publishes what the news claims, as facts.\n"
          "\nCommands:\n",
          out);
    for (const struct command *c = commands; c->name; c++)
        fprintf(out, "  %-10s%s\n", c->name, c->help);
    fputs("\nwarta help COMMAND, or warta COMMAND --help, tells the options of one.\n",
          out);
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t d = a < b ? a : b;
    return d < c ? d : c;
}

/* How many letters must be put in, taken out or changed to make b of a (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_BYTES + 1], len = strlen(b);
    if (len > NAME_BYTES)
        return NAME_BYTES;
    for (size_t j = 0; j <= len; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < len; j++) {
            size_t above = row[j + 1];
            row[j + 1] = least(row[j] + 1, above + 1, diagonal + (a[i] != b[j]));
            diagonal = above;
        }
    }
    return row[len];
}

/* The command that was likely meant, or NULL. */
static const struct command *guess(const char *name)
{
    const struct command *best = NULL;
    size_t best_distance = TYPING_ERRORS + 1;
    for (const struct command *c = commands; c->name; c++) {
        size_t d = distance(name, c->name);
        if (strlen(name) > 1 && strncmp(c->name, name, strlen(name)) == 0)
            d = 0;
        if (d < best_distance && d < strlen(c->name)) {
            best = c;
            best_distance = d;
        }
    }
    return best;
}

static int refuse(const char *name)
{
    const struct command *meant = guess(name);
    fprintf(stderr, "warta: no command '%.64s'", name);
    if (meant)
        fprintf(stderr, "; did you mean '%s'?", meant->name);
    fputs("\nwarta --help lists the commands.\n", stderr);
    return EXIT_NEVER;
}

static int run(const char *name, int argc, char **argv)
{
    const struct command *command = find(name);
    return command ? command->main(argc, argv) : refuse(name);
}

/* Every sub-command answers --help. */
static int run_option(const char *name, char *option)
{
    char sub[NAME_BYTES + 1];
    char *argv[] = {sub, option, NULL};
    if (find(name) == NULL)
        return refuse(name);
    snprintf(sub, sizeof sub, "%s", name);
    return run(name, 2, argv);
}

static void print_version(void)
{
    struct buf text = {0};
    version_print(&text);
    fputs(buf_cstr(&text), stdout);
    buf_fini(&text);
}

static int serve(int argc, char **argv)
{
    char help[] = "--help";
    struct err err = {0};
    if (version_check(&err) < 0) {
        fprintf(stderr, "warta: %s\n", err.text);
        return EXIT_NEVER;
    }
    if (argc < 2) {
        print_help(stderr);
        return EXIT_NEVER;
    }
    const char *first = argv[1];
    bool asks = strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 ||
                strcmp(first, "help") == 0;
    if (asks && argc > 2)
        return run_option(argv[2], help);
    if (asks) {
        print_help(stdout);
        return EXIT_DONE;
    }
    if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0) {
        print_version();
        return EXIT_DONE;
    }
    return run(first, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    int code = serve(argc, argv);
    /* What was said must have arrived: a full disk is no success. */
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (errno != EBADF) /* closed by who started us: nobody wants it */
        perror("warta: standard output");
    return code == EXIT_DONE ? EXIT_LATER : code;
}
