#include "proto/base/diag.h"

#include "proto/base/clock.h"
#include "proto/base/tally.h"
#include "proto/base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define VALUE_BYTES 200  /* longest value before it is cut */
#define LINE_BYTES  4096 /* PIPE_BUF: a line reaches the supervisor's pipe in one piece  \
                          */
#define TEXTS      16
#define TEXT_BYTES 256 /* more than VALUE_BYTES, so that a cut shows as one */

/* Diagnostics are the process's, like standard error itself: the level and the limit are
 * set once by the program, the hook by tests. */
static atomic_int least_level = DIAG_INFO;
static pthread_mutex_t tally_lock = PTHREAD_MUTEX_INITIALIZER;
static struct tally tally;
static atomic_bool is_limited, is_suppressing;
static void (*hook_line)(enum diag_level level, struct str line, void *context);
static void *hook_context;

static const char *const level_name[] = {"debug", "info", "warn", "error"};

struct line {
    size_t len;
    char text[LINE_BYTES];
};

void diag_set_level(enum diag_level least)
{
    atomic_store_explicit(&least_level, (int)least, memory_order_relaxed);
}

int diag_level_of(const char *name)
{
    for (int i = DIAG_DEBUG; i <= DIAG_ERROR; i++)
        if (strcmp(name, level_name[i]) == 0)
            return i;
    return -1;
}

void diag_hook(void (*hook)(enum diag_level level, struct str line, void *context),
               void *context)
{
    hook_line = hook;
    hook_context = context;
}

/* False, and nothing added, where it does not fit with the newline behind it. */
static bool add(struct line *line, const char *text, size_t len)
{
    if (len > LINE_BYTES - 1 - line->len)
        return false;
    memcpy(line->text + line->len, text, len);
    line->len += len;
    return true;
}

static bool add_text(struct line *line, const char *text)
{
    return add(line, text, strlen(text));
}

static bool is_plain(const char *value)
{
    if (*value == '\0')
        return false;
    for (; *value; value++)
        if (!utf8_is_letter((unsigned char)*value & 0x7f) &&
            !utf8_is_digit((unsigned char)*value & 0x7f) && !strchr("._:/-+@,*", *value))
            return false;
    return true;
}

static bool must_escape(uint32_t cp, unsigned len)
{
    return len == 0 || utf8_is_unsafe(cp);
}

static bool add_escaped(struct line *line, const char *bytes, unsigned len)
{
    bool fits = true;
    for (unsigned i = 0; i < len; i++) {
        unsigned byte = (unsigned char)bytes[i];
        char escape[4] = {'\\', 'x', "0123456789abcdef"[byte >> 4],
                          "0123456789abcdef"[byte & 15]};
        fits = fits && add(line, escape, sizeof escape);
    }
    return fits;
}

static bool add_quoted(struct line *line, const char *value)
{
    const char *end = value + strlen(value);
    const char *cut = (size_t)(end - value) > VALUE_BYTES ? value + VALUE_BYTES : end;
    bool fits = add_text(line, "\"");
    while (value < cut && fits) {
        uint32_t cp;
        unsigned len = utf8_decode(value, end, &cp);
        unsigned step = len ? len : 1;
        if (step > (size_t)(cut - value))
            break; /* a character across the cut is left out */
        if (must_escape(cp, len))
            fits = add_escaped(line, value, step);
        else
            fits = ((cp != '"' && cp != '\\') || add_text(line, "\\")) &&
                   add(line, value, step);
        value += step;
    }
    if (fits && cut != end)
        fits = add_text(line, "...");
    return fits && add_text(line, "\"");
}

static bool add_pair(struct line *line, const char *key, const char *value)
{
    size_t before = line->len;
    if (value == NULL)
        value = "-";
    bool fits = line->len == 0 || add_text(line, " ");
    fits = fits && add_text(line, key) && add_text(line, "=");
    if (fits && is_plain(value) && strlen(value) <= VALUE_BYTES)
        fits = add_text(line, value);
    else if (fits)
        fits = add_quoted(line, value);
    if (!fits)
        line->len = before; /* a pair is whole or absent */
    return fits;
}

static void begin(struct line *line, enum diag_level level, const char *module,
                  const char *message)
{
    line->len = 0;
    add_pair(line, "level", level_name[level]);
    add_pair(line, "mod", module);
    add_text(line, " msg=");
    add_quoted(line, message);
}

static void add_pairs(struct line *line, va_list args)
{
    const char *key;
    while ((key = va_arg(args, const char *)) != NULL)
        add_pair(line, key, va_arg(args, const char *));
}

static void end(struct line *line, enum diag_level level)
{
    if (hook_line) {
        hook_line(level, str_make(line->text, line->len), hook_context);
        return;
    }
    line->text[line->len++] = '\n';
    ssize_t put;
    do
        put = write(STDERR_FILENO, line->text, line->len);
    while (put < 0 && errno == EINTR);
}

static bool is_wanted(enum diag_level level)
{
    return (int)level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

/* ---- what repeats ---- */

void diag_limit(uint64_t lines, uint64_t per_ms)
{
    pthread_mutex_lock(&tally_lock);
    tally = (struct tally){.lines = lines, .per_ms = per_ms};
    pthread_mutex_unlock(&tally_lock);
    atomic_store(&is_limited, lines > 0);
    atomic_store(&is_suppressing, false);
}

/* May it be said? Then so many like it were not. */
static bool is_admitted(enum diag_level level, const char *module, const char *message,
                        uint64_t *suppressed_out)
{
    *suppressed_out = 0;
    if (!is_wanted(level))
        return false;
    if (!atomic_load_explicit(&is_limited, memory_order_relaxed))
        return true;
    pthread_mutex_lock(&tally_lock);
    bool admitted =
        tally_admit(&tally, (int)level, module, message, clock_now_ms(), suppressed_out);
    pthread_mutex_unlock(&tally_lock);
    if (!admitted)
        atomic_store(&is_suppressing, true);
    return admitted;
}

static void add_suppressed(struct line *line, uint64_t count)
{
    if (count > 0)
        add_pair(line, "suppressed", diag_u64(count));
}

static int next_due(bool all, struct tally_message *out)
{
    pthread_mutex_lock(&tally_lock);
    int rc = tally_due(&tally, clock_now_ms(), all, out);
    pthread_mutex_unlock(&tally_lock);
    return rc;
}

void diag_settle(bool all)
{
    struct tally_message due;
    struct line line;
    while (atomic_load_explicit(&is_suppressing, memory_order_relaxed) &&
           next_due(all, &due)) {
        begin(&line, (enum diag_level)due.level, due.module, due.text);
        add_suppressed(&line, due.suppressed);
        end(&line, (enum diag_level)due.level);
    }
}

/* ---- lines ---- */

void diag(enum diag_level level, const char *module, const char *message, ...)
{
    int number = errno;
    uint64_t suppressed;
    if (!is_admitted(level, module, message, &suppressed))
        return;
    struct line line;
    va_list args;
    begin(&line, level, module, message);
    va_start(args, message);
    add_pairs(&line, args);
    va_end(args);
    add_suppressed(&line, suppressed);
    end(&line, level);
    errno = number;
}

void diag_errno(enum diag_level level, const char *module, const char *message, ...)
{
    int number = errno;
    uint64_t suppressed;
    if (!is_admitted(level, module, message, &suppressed))
        return;
    struct line line;
    va_list args;
    begin(&line, level, module, message);
    va_start(args, message);
    add_pairs(&line, args);
    va_end(args);
    add_pair(&line, "error", strerror(number));
    add_suppressed(&line, suppressed);
    end(&line, level);
    errno = number;
}

static char *next_text(void)
{
    static _Thread_local char text[TEXTS][TEXT_BYTES];
    static _Thread_local unsigned turn;
    return text[turn++ % TEXTS];
}

const char *diag_u64(uint64_t value)
{
    char *text = next_text();
    snprintf(text, TEXT_BYTES, "%" PRIu64, value);
    return text;
}

const char *diag_str(struct str s)
{
    if (s.ptr == NULL)
        return "-";
    char *text = next_text();
    size_t len = s.len < TEXT_BYTES - 1 ? s.len : TEXT_BYTES - 1;
    for (size_t i = 0; i < len; i++)
        text[i] = s.ptr[i] ? s.ptr[i] : '?'; /* a NUL would hide what follows */
    text[len] = '\0';
    return text;
}
