/* Growth of what a document costs with its length: families of hostile text, each at
 * doubling lengths, and per family the largest cost(2n)/cost(n).
 *
 *     bench_growth [--most BYTES] [--limit RATIO] [FAMILY]
 *     bench_growth --once BYTES FAMILY     reads one text, for growth_work.py
 *     bench_growth --list                  names the families
 *
 * The cost is time of the processor, the least of several rounds; a ratio past the limit
 * is measured again before it counts, for the machine may have been busy. Linear work
 * stays near 2, quadratic work is at 4. Where a document outgrows a cache its time makes
 * a step that is no growth of work, of up to a half on a machine whose caches others use,
 * too: growth_work.py counts instructions. A text past what an article may have
 * (LIMIT_TEXT_BYTES, TEXT_TOKENS_MOST) is refused; a family ends there.
 * Exit 1: a family grows faster than RATIO. */

#include "worker/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MOST   ((size_t)8 << 20)
#define LIMIT  2.3
#define MEMORY ((uint64_t)8 << 30)
/* Below, what every document costs, however short, hides what its length does. */
#define RATIO_FROM ((size_t)8 << 10)
#define ROUNDS     3
#define TRIES      4
/* Short documents are read until so much time has gone. */
#define ROUND_NS 3000000u

/* Units are repeated; in each, # stands for a counter in digits and @ for one in letters,
 * so that nothing repeats. */
static const struct family {
    const char *name, *unit;
} families[] = {
    {"bracket-open", "("},
    {"bracket-nest", "(a "},
    {"bracket-pair", "(Budi) "},
    {"quote-plain", "\""},
    {"quote-open", "“"},
    {"quote-open-word", "“Kami "},
    {"quote-told", "\"Kami datang,\" kata Budi. "},
    {"quote-cut", "\"Kami datang kata Budi mengatakan bahwa "},
    {"quote-mixed", "“Ya @' \" ‘tidak” "},
    {"comma", ","},
    {"comma-word", "ia, "},
    {"full-stop", "."},
    {"dash", "-"},
    {"digit", "1"},
    {"digit-group", "1.000"},
    {"number", "# "},
    {"number-word", "dua puluh juta "},
    {"money-range", "Rp1-Rp2 juta "},
    {"date", "1 Januari 2024 "},
    {"letter", "a"},
    {"capital", "A"},
    {"space", " "},
    {"line-end", "\n"},
    {"line", "Budi pergi ke pasar @.\n"},
    {"line-same", "Budi pergi ke pasar.\n"},
    {"mark", "e\xcc\x81"},
    {"mojibake", "\xc3\x83\xc2\xa9"},
    {"not-utf8", "\xff\xfe"},
    {"abbreviation", "A.B. "},
    {"name", "Presiden Budi Santoso "},
    {"name-new", "Bu@ Santo@ "},
    {"acronym-new", "Komisi Bu@ (K@) "},
    {"title", "menteri luar negeri "},
    {"cue", "kata Budi "},
    {"clause", "yang mengatakan bahwa "},
    {"event-new", "Bu@ menyerang Sa@ di Jakarta pada Senin. "},
    {"conjunction", "dan Jakarta "},
    {"negation", "tidak akan "},
};

static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* cannot fail on Linux */
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void add_letters(struct buf *text, unsigned n)
{
    do
        buf_printf(text, "%c", 'a' + n % 26);
    while (n /= 26);
}

static void write_text(struct buf *text, const char *unit, size_t bytes)
{
    buf_clear(text);
    for (unsigned n = 1; text->len < bytes; n++)
        for (const char *at = unit; *at; at++) {
            if (*at == '#')
                buf_printf(text, "%u", n);
            else if (*at == '@')
                add_letters(text, n);
            else
                buf_add(text, at, 1);
        }
}

/* False: the document was refused. */
static bool read_text(struct job *job, struct str text)
{
    struct article article;
    struct extract_entry entry;
    struct err err = {0};
    record_init(&article_table, &article);
    article.text = text;
    article.language = STR("id");
    return job_read(job, &article, &entry, &err) == 0;
}

/* Nanoseconds that one document costs. */
static double cost_of(struct job *job, const struct family *family, size_t bytes,
                      bool *refused)
{
    struct buf text = {0};
    double least = 0;
    write_text(&text, family->unit, bytes);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t begin = cpu_ns(), spent;
        unsigned times = 0;
        do {
            *refused = !read_text(job, buf_str(&text));
            times++;
            spent = cpu_ns() - begin;
        } while (spent < ROUND_NS);
        if (round == 0 || (double)spent / times < least)
            least = (double)spent / times;
    }
    buf_fini(&text);
    return least;
}

/* The largest growth from one length to its double, and prints it. */
static double try_family(struct job *job, const struct family *family, size_t most,
                         double limit)
{
    double worst = 0, before = 0, cost = 0, per_byte = 0;
    size_t worst_at = 0, refused_at = 0, bytes;
    for (bytes = RATIO_FROM; bytes <= most; bytes *= 2) {
        bool refused;
        double ratio = 0;
        for (int try = 0; try < TRIES; try++) {
            if (try)
                before = cost_of(job, family, bytes / 2, &refused);
            cost = cost_of(job, family, bytes, &refused);
            if (before == 0)
                break;
            ratio = try == 0 || cost / before < ratio ? cost / before : ratio;
            if (ratio <= limit)
                break;
        }
        if (ratio > worst) {
            worst = ratio;
            worst_at = bytes;
        }
        before = cost;
        if (refused) {
            refused_at = bytes;
            break;
        }
        per_byte = cost / (double)bytes;
    }
    printf("%-16s %5.2f at %5zu kB, %7.1f ns a byte", family->name, worst, worst_at >> 10,
           per_byte);
    if (refused_at)
        printf(", refused from %zu kB", refused_at >> 10);
    printf("\n");
    fflush(stdout);
    return worst;
}

static const struct family *find_family(const char *name)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strcmp(name, families[i].name) == 0)
            return &families[i];
    return NULL;
}

static int read_once(struct job *job, const struct family *family, size_t bytes)
{
    struct buf text = {0};
    if (family == NULL)
        return 1;
    write_text(&text, family->unit, bytes);
    bool read = read_text(job, buf_str(&text));
    buf_fini(&text);
    return !read;
}

static int list_families(void)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        printf("%s\n", families[i].name);
    return 0;
}

static int try_all(struct job *job, const char *only, size_t most, double limit)
{
    int bad = 0;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (only == NULL || strcmp(only, families[i].name) == 0)
            bad += try_family(job, &families[i], most, limit) > limit;
    printf("%d families grow faster than %.2f\n", bad, limit);
    return bad > 0;
}

int main(int argc, char **argv)
{
    const struct job_options options = {.memory_bytes = MEMORY};
    size_t most = MOST, once = 0;
    double limit = LIMIT;
    const char *only = NULL;
    struct job *job;
    struct err err = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--most") == 0 && i + 1 < argc)
            most = strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--limit") == 0 && i + 1 < argc)
            limit = strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--once") == 0 && i + 1 < argc)
            once = strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--list") == 0)
            return list_families();
        else
            only = argv[i];
    }
    if (job_open(&options, &job, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    int result = once ? read_once(job, find_family(only ? only : ""), once)
                      : try_all(job, only, most, limit);
    job_close(&job);
    return result;
}
