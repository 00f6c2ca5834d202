/* `warta extract`: the worker's job over files, records to standard output as JSON Lines.
 * With -j N each of N processes reads the whole input and takes every Nth article
 * (gather.h). */

#include "proto/base/mem.h"
#include "proto/base/option.h"
#include "proto/base/program.h"
#include "proto/base/utf8.h"
#include "proto/wire/limits.h"
#include "worker/gather.h"
#include "worker/input.h"
#include "worker/job.h"
#include "worker/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct settings {
    uint64_t jobs, memory_bytes, deadline_ms;
    struct option_list jsonl;
    const char *id, *url, *source, *published, *language;
    bool summary, dropped;
};

#define AT(member) offsetof(struct settings, member)

static const struct option options[] = {
    {"jsonl", 0, OPTION_LIST, AT(jsonl), "FILE", NULL, 0, 0,
     "read articles from FILE, one JSON object a line; \"-\" is standard input"},
    {"jobs", 'j', OPTION_U64, AT(jobs), "N", "1", 1, SETTINGS_JOBS_MOST,
     "processes that read"},
    {"id", 0, OPTION_TEXT, AT(id), "ID", NULL, 0, 0,
     "id of the one article given, if it says none (else: stem of the file's name)"},
    {"url", 0, OPTION_TEXT, AT(url), "URL", NULL, 0, 0, "of articles that say none"},
    {"source", 0, OPTION_TEXT, AT(source), "NAME", NULL, 0, 0,
     "outlet of articles that say none"},
    {"published", 0, OPTION_TEXT, AT(published), "DATE", NULL, 0, 0,
     "RFC 3339 date, with or without time, of articles that say none"},
    {"language", 0, OPTION_TEXT, AT(language), "CODE", NULL, 0, 0,
     "of articles that say none (else: guessed)"},
    {"summary", 0, OPTION_FLAG, AT(summary), NULL, NULL, 0, 0,
     "at the end tell how many records of each kind there were"},
    {"dropped", 0, OPTION_FLAG, AT(dropped), NULL, NULL, 0, 0,
     "tell which lines yield no facts, and why"},
    {"memory", 0, OPTION_BYTES, AT(memory_bytes), "BYTES", SETTINGS_MEMORY,
     SETTINGS_MEMORY_LEAST, SETTINGS_MEMORY_MOST, "most memory one article may need"},
    {"deadline", 0, OPTION_MS, AT(deadline_ms), "TIME", SETTINGS_DEADLINE,
     SETTINGS_DEADLINE_LEAST, SETTINGS_DEADLINE_MOST,
     "most processor time one article may take"},
    {0},
};

static const struct option_program program = {
    .name = "warta extract",
    .usage = "[options] [FILE...]",
    .summary =
        "Print the facts of articles as JSON Lines, without a broker. Each FILE is\n"
        "the text of one article; \"-\" is standard input.",
    .option = options,
    .help_tail = "Exits 1 when an article could not be read; the others are printed.",
};

struct run {
    const struct settings *settings;
    struct input_options input;
    struct arena arena; /* of the article as given */
    struct job *job;
    uint64_t count[FACT_KINDS];
    bool failed;
};

static void say_failed(const struct input_item *item, const struct err *err,
                       struct piece *piece)
{
    piece->failed = true;
    buf_printf(&piece->talk, "warta extract: %s:", item->path ? item->path : "");
    if (item->line)
        buf_printf(&piece->talk, "%llu:", (unsigned long long)item->line);
    buf_printf(&piece->talk, " %s: %s\n", err_name(err->code), err->text);
}

static void say_dropped(const struct doc *doc, struct piece *piece)
{
    for (uint32_t i = 0; i < doc->lines.count; i++) {
        const struct doc_line *line = &doc->lines.item[i];
        struct str text = doc_span_text(doc, line->span);
        if (line->drop == DROP_NOT || text.len == 0)
            continue;
        const char *name = doc_drop_name(line->drop);
        bool more = line->cue && strcmp(line->cue, name) != 0;
        buf_printf(&piece->talk, "%.*s: %s%s%s: %.*s\n", STR_ARG(doc->article.id), name,
                   more ? ", " : "", more ? line->cue : "", STR_ARG(text));
    }
    for (uint32_t i = 0; i < doc->sentences.count; i++) {
        const struct sentence *sentence = &doc->sentences.item[i];
        if (sentence->drop == DROP_NOT ||
            doc->lines.item[sentence->line].drop != DROP_NOT)
            continue;
        buf_printf(&piece->talk, "%.*s: %s: %.*s\n", STR_ARG(doc->article.id),
                   doc_drop_name(sentence->drop),
                   STR_ARG(doc_span_text(doc, sentence->span)));
    }
}

static void read_item(struct run *run, struct input *input, const struct input_item *item,
                      struct piece *piece)
{
    struct article article;
    struct extract_entry entry;
    struct err err = {0};
    arena_reset(&run->arena);
    if (input_article(input, item, &run->arena, &article, &err) != 0 ||
        job_read(run->job, &article, &entry, &err) != 0) {
        say_failed(item, &err, piece);
        return;
    }
    for (uint32_t i = 0; i < entry.count; i++) {
        const struct fact *fact = &entry.fact[i];
        record_print(fact_tables[fact->kind], fact, &piece->out);
        buf_add_char(&piece->out, '\n');
        piece->count[fact->kind]++;
    }
    if (run->settings->dropped)
        say_dropped(job_doc(run->job), piece);
}

/* Standard error may be closed: nobody wants to know then. */
static int print_piece(void *context, const struct piece *piece, struct err *err)
{
    struct run *run = context;
    gather_write(STDERR_FILENO, piece->talk.ptr, piece->talk.len, NULL);
    for (int kind = 0; kind < FACT_KINDS; kind++)
        run->count[kind] += piece->count[kind];
    run->failed |= piece->failed;
    return gather_write(STDOUT_FILENO, piece->out.ptr, piece->out.len, err);
}

/* Reads every article whose number is `number` modulo the jobs; fd: where pieces go, or
 * -1 for the standard streams. */
static int read_share(void *context, uint64_t number, int fd, struct err *err)
{
    struct run *run = context;
    struct input *input = input_new(&run->input);
    struct piece piece = {0};
    struct input_item item;
    int result = 0;
    for (uint64_t i = 0; result == 0; i++) {
        struct err problem = {0};
        bool mine = i % run->settings->jobs == number;
        int got = input_next(input, mine, &item, &problem);
        if (got == 0)
            break;
        if (!mine)
            continue;
        piece_clear(&piece);
        if (got == 1)
            read_item(run, input, &item, &piece);
        else
            say_failed(&item, &problem, &piece);
        result =
            fd < 0 ? print_piece(run, &piece, err) : gather_send(fd, &piece, false, err);
    }
    piece_clear(&piece);
    if (result == 0 && fd >= 0)
        result = gather_send(fd, &piece, true, err);
    piece_fini(&piece);
    input_free(&input);
    return result;
}

/* Standard input in a file without a name that every child can open for itself; the path
 * is new. */
static int spool(char **path_out, struct err *err)
{
    const char *top = getenv("TMPDIR");
    struct buf path = {0};
    char part[16 * 1024];
    buf_printf(&path, "%s/warta-extract-XXXXXX", top && *top ? top : "/tmp");
    buf_cstr(&path);
    int fd = mkstemp(path.ptr);
    int result = fd < 0 ? err_system(err, "%s", path.ptr) : 0;
    if (result == 0)
        unlink(path.ptr);
    for (ssize_t got = 1; result == 0 && got != 0;) {
        got = read(STDIN_FILENO, part, sizeof part);
        if (got > 0)
            result = gather_write(fd, part, (size_t)got, err);
        else if (got < 0 && errno != EINTR)
            result = err_system(err, "standard input");
    }
    buf_clear(&path);
    buf_printf(&path, "/proc/self/fd/%d", fd);
    buf_cstr(&path);
    *path_out = path.ptr;
    return result;
}

static bool reads_stdin(const struct input_options *input)
{
    for (size_t i = 0; input->text[i]; i++)
        if (strcmp(input->text[i], "-") == 0)
            return true;
    for (size_t i = 0; i < input->jsonl_count; i++)
        if (strcmp(input->jsonl[i], "-") == 0)
            return true;
    return false;
}

static int check(const struct settings *settings, const char *const *operands,
                 struct input_options *input, struct err *err)
{
    static const char *const standard_input[] = {"-", NULL};
    bool none = operands[0] == NULL && settings->jsonl.count == 0;
    if (none && isatty(STDIN_FILENO))
        return err_set(err, ERR_USAGE, "name a FILE, or pipe a text in");
    *input = (struct input_options){
        .text = none ? standard_input : operands,
        .jsonl = settings->jsonl.item,
        .jsonl_count = settings->jsonl.count,
        .defaults = {.id = str_of(settings->id),
                     .url = str_of(settings->url),
                     .source = str_of(settings->source),
                     .published = str_of(settings->published),
                     .language = str_of(settings->language)},
    };
    if (settings->id && (settings->jsonl.count || input->text[1]))
        return err_set(err, ERR_USAGE, "--id is for one FILE");
    const struct article *d = &input->defaults;
    const struct str given[] = {d->id, d->url, d->source, d->published, d->language};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (utf8_bad_at(given[i]) < given[i].len)
            return err_set(err, ERR_UTF8, "an option's value is not UTF-8");
    struct article sample = *d;
    sample.text = STR("-");
    return article_check(&sample, err);
}

static void say_summary(const struct run *run)
{
    for (int kind = FACT_ARTICLE; kind < FACT_KINDS; kind++)
        fprintf(stderr, "%-8s %llu\n", fact_kind_names[kind],
                (unsigned long long)run->count[kind]);
}

static int run_all(struct run *run, struct err *err)
{
    const struct job_options limits = {.memory_bytes = run->settings->memory_bytes,
                                       .deadline_ms = run->settings->deadline_ms};
    char *spooled = NULL;
    int result = job_open(&limits, &run->job, err);
    if (result == 0 && run->settings->jobs > 1 && reads_stdin(&run->input))
        result = spool(&spooled, err);
    run->input.stdin_path = spooled;
    if (result == 0)
        result = run->settings->jobs > 1
                     ? gather_run(run->settings->jobs, read_share, print_piece, run, err)
                     : read_share(run, 0, -1, err);
    job_close(&run->job);
    mem_free(spooled);
    return result;
}

int extract_main(int argc, char **argv)
{
    struct settings settings;
    struct option_set *set = NULL;
    const char **operands = NULL;
    struct err err = {0};
    struct run run = {.settings = &settings};
    int code = EXIT_DONE;

    int result = option_parse(&program, argc, argv, &settings, &set, &operands, &err);
    if (result == 0)
        return EXIT_DONE;
    if (result == 1)
        result = check(&settings, operands, &run.input, &err);
    if (result != 0) {
        code = EXIT_NEVER;
        goto done;
    }
    arena_init(&run.arena, (size_t)2 * LIMIT_JSON_LINE_BYTES);
    result = run_all(&run, &err);
    if (result == ERR_CORRUPT || result == ERR_VERSION)
        code = EXIT_NEVER; /* the language packs */
    else if (result != 0)
        code = EXIT_LATER;
    else if (run.failed)
        code = EXIT_NO;
    if (settings.summary)
        say_summary(&run);
    arena_fini(&run.arena);
done:
    if (result != 0)
        fprintf(stderr, "warta extract: %s\n", err.text);
    option_free(&set);
    return code;
}
