#include "worker/job.h"

#include "proto/base/clock.h"
#include "proto/base/mem.h"
#include "proto/wire/limits.h"
#include "proto/wire/scan.h"
#include "worker/learn/tree.h"
#include "worker/text/html.h"
#include "worker/text/shingle.h"
#include "worker/text/text.h"

#include <setjmp.h>
#include <time.h>

#define NS_PER_MS        1000000u
#define NO_OP_EXTRACTOR  "none-1"
#define TRIES_MOST       3  /* of a document that a busy machine, not its text, held up */
#define ARRAY_SHORT_MOST 15 /* msgpack: elements a one-byte array header can say */

struct job {
    struct job_options options;
    struct lang_set *langs;   /* NULL in a no-op job */
    struct learn_set *models; /* likewise */
    struct memo *memo;        /* likewise */
    struct buf extractor;
    const char **language;
    struct arena arena;
    struct buf entry;
    jmp_buf landing;
    /* of the document in work */
    struct str frame;            /* job_run's */
    const struct article *given; /* job_read's */
    struct article article;
    struct doc doc;
    struct extract_entry found;
    struct html_tree *tree; /* of article.html, while it is read */
    uint64_t begun_cpu_ns;
};

/* Full arena and passed deadline end here (doc_check). */
static void stop_document(void *context)
{
    struct job *job = context;
    longjmp(job->landing, 1);
}

/* "id-0.1", or several joined by "+"; and their codes. */
static void name_languages(struct job *job)
{
    size_t count = lang_count(job->langs);
    job->language = mem_zero(count + 1, sizeof *job->language);
    for (size_t i = 0; i < count; i++) {
        const struct lang *lang = lang_at(job->langs, i);
        buf_printf(&job->extractor, "%s%s", i ? "+" : "", lang->extractor);
        job->language[i] = lang->code;
    }
}

int job_open(const struct job_options *options, struct job **job_out, struct err *err)
{
    struct job *job = mem_zero(1, sizeof *job);
    int result = 0;
    job->options = *options;
    arena_init(&job->arena, options->memory_bytes);
    job->arena.full = stop_document;
    job->arena.context = job;
    if (options->no_op_bytes) {
        buf_printf(&job->extractor, "%s", NO_OP_EXTRACTOR);
        job->language = mem_zero(1, sizeof *job->language);
    } else {
        result = lang_open(&job->langs, err);
        if (result == 0)
            result = learn_set_open(job->langs, &job->models, err);
        if (result == 0)
            name_languages(job);
        job->memo = memo_new();
    }
    buf_cstr(&job->extractor);
    if (result != 0)
        job_close(&job);
    *job_out = job;
    return result;
}

void job_close(struct job **job_at)
{
    struct job *job = *job_at;
    if (job == NULL)
        return;
    learn_set_close(&job->models);
    lang_close(&job->langs);
    memo_free(&job->memo);
    buf_fini(&job->extractor);
    mem_free(job->language);
    arena_fini(&job->arena);
    buf_fini(&job->entry);
    mem_free(job);
    *job_at = NULL;
}

const char *job_extractor(const struct job *job)
{
    return job->extractor.ptr;
}

const char *const *job_languages(const struct job *job)
{
    return job->language;
}

const struct doc *job_doc(const struct job *job)
{
    return &job->doc;
}

static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* cannot fail on Linux */
    return (uint64_t)t.tv_sec * 1000 * NS_PER_MS + (uint64_t)t.tv_nsec;
}

static void begin(struct job *job)
{
    arena_reset(&job->arena);
    buf_clear(&job->entry);
    job->doc = (struct doc){0};
    job->found = (struct extract_entry){0};
    job->begun_cpu_ns = cpu_ns();
}

static uint64_t deadline_ns(const struct job *job)
{
    return job->options.deadline_ms * NS_PER_MS;
}

/* The document that longjmp left: was it time or room? */
static int say_stopped(const struct job *job, struct err *err)
{
    if (job->doc.deadline_ns && clock_now_ns() > job->doc.deadline_ns)
        return err_set(err, ERR_TIMEOUT, "the document takes longer than %llu ms",
                       (unsigned long long)job->options.deadline_ms);
    return err_set(err, ERR_LIMIT, "the document needs more than %llu bytes of memory",
                   (unsigned long long)job->options.memory_bytes);
}

/* What is published is absent where it says nothing; an id there must be. */
static void tidy(struct job *job)
{
    struct article *a = &job->article;
    struct str *optional[] = {&a->id,        &a->url,     &a->source,   &a->title,
                              &a->published, &a->fetched, &a->language, &a->author};
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
        if (optional[i]->len == 0)
            *optional[i] = STR_NONE;
    if (a->id.ptr == NULL) {
        char id[19];
        article_make_id(a, id);
        a->id = arena_str(&job->arena, str_make(id, sizeof id - 1));
    }
}

static int check_counts(const struct extract_entry *found, struct err *err)
{
    uint32_t longest = found->fact[0].sentences.count;
    if (found->count > LIMIT_FACTS + 1)
        return err_set(err, ERR_LIMIT, "%u facts, and at most %u are sent",
                       found->count - 1, (unsigned)LIMIT_FACTS);
    for (uint32_t i = 0; i < found->count; i++)
        if (found->fact[i].mentions.count > longest)
            longest = found->fact[i].mentions.count;
    if (found->fact[0].boilerplate.count > longest)
        longest = found->fact[0].boilerplate.count;
    if (longest > LIMIT_LIST)
        return err_set(err, ERR_LIMIT,
                       "%u sentences or mentions, and at most %u are sent", longest,
                       (unsigned)LIMIT_LIST);
    return 0;
}

/* A pack may have no model: then rules do without. */
static void learn(struct job *job)
{
    const struct learn *model = learn_set_find(job->models, job->doc.lang);
    if (model == NULL)
        return;
    learn_read(model, &job->doc);
    if (job->options.trees)
        tree_all(&job->doc);
}

static void fill(struct str *field, struct str value)
{
    if (field->len == 0)
        *field = value;
}

/* The page's text, and what the feeder did not say. Where the page holds no article, the
 * text that came beside it stands. */
static int read_html(struct job *job, struct err *err)
{
    struct article *a = &job->article;
    struct html_page page = {0};
    int result = html_parse(a->html, &job->tree, err);
    if (result == 0)
        html_read(job->tree, &job->arena, &page);
    html_free(&job->tree);
    if (page.text.len == 0 && a->text.len > 0)
        return 0;
    if (result != 0)
        return err_prefix(err, "article.html");
    if (page.text.len == 0)
        return err_set(err, ERR_FIELD, "no article is found in article.html");
    a->text = page.text;
    fill(&a->title, page.title);
    fill(&a->author, page.author);
    fill(&a->published, page.published);
    fill(&a->url, page.url);
    return 0;
}

static int extract(struct job *job, struct err *err)
{
    int read = job->article.html.len > 0 ? read_html(job, err) : 0;
    if (read != 0)
        return read;
    job->article.html = STR_NONE;
    tidy(job);
    doc_init(&job->doc, &job->arena, &job->article);
    job->doc.memo = job->memo;
    if (job->options.deadline_ms)
        job->doc.deadline_ns = clock_now_ns() + deadline_ns(job);
    int result = text_read(&job->doc, job->langs, err);
    if (result != 0)
        return result;
    if (job->doc.text.len == 0)
        return err_set(err, ERR_FIELD, "nothing is left of article.text once cleaned");
    if (job->doc.text.len > LIMIT_TEXT_BYTES)
        return err_set(err, ERR_LIMIT, "article.text is %zu bytes once cleaned",
                       job->doc.text.len);
    learn(job);
    extract_facts(&job->doc);
    extract_assemble(&job->doc, buf_str(&job->extractor), &job->found);
    return check_counts(&job->found, err);
}

/* An article record and nothing else, of the size asked for: the text is cut, or filled
 * up with dots. */
static int extract_nothing(struct job *job)
{
    size_t size = job->options.no_op_bytes;
    char *text = arena_alloc(&job->arena, size);
    size_t len = job->article.text.len < size ? job->article.text.len : size;
    while (len && len < job->article.text.len &&
           (job->article.text.ptr[len] & 0xc0) == 0x80)
        len--;
    memcpy(text, job->article.text.ptr, len);
    memset(text + len, '.', size - len);

    struct fact *fact = arena_alloc(&job->arena, sizeof *fact);
    struct article *article = arena_alloc(&job->arena, sizeof *article);
    tidy(job);
    *article = job->article;
    article->text = str_make(text, size);
    fact_init(fact, FACT_ARTICLE);
    fact->n = 0;
    fact->article = article;
    fact->extractor = STR(NO_OP_EXTRACTOR);
    fact_make_id(fact, article->id, fact->extractor, &job->arena);
    job->found = (struct extract_entry){.fact = fact, .count = 1};
    return 0;
}

/* The entry as the broker will check it: what it would refuse is refused here, with the
 * reason. */
static int encode(struct job *job, struct err *err)
{
    static const struct scan_limits limits = {LIMIT_DEPTH, LIMIT_OBJECTS};
    uint32_t count = job->found.count;
    if (count <= ARRAY_SHORT_MOST) {
        buf_add_char(&job->entry, (char)(0x90 | count));
    } else {
        buf_add_char(&job->entry, (char)0xdc); /* array 16: count is below LIMIT_FACTS */
        buf_add_char(&job->entry, (char)(count >> 8));
        buf_add_char(&job->entry, (char)(count & 0xff));
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct fact *fact = &job->found.fact[i];
        record_encode(fact_tables[fact->kind], fact, &job->entry);
        if (job->entry.len > LIMIT_ENTRY_BYTES)
            return err_set(err, ERR_LIMIT, "the facts are more than %u bytes",
                           (unsigned)LIMIT_ENTRY_BYTES);
    }
    int result = scan_check(buf_str(&job->entry), &limits, err);
    return result ? err_prefix(err, "entry") : 0;
}

static int decode(struct job *job, struct err *err)
{
    int result =
        record_decode(&article_loose_table, job->frame, &job->arena, &job->article, err);
    if (result == 0 && job->article.text.len == 0 && job->article.html.len == 0)
        return err_set(err, ERR_FIELD, "article.text is missing");
    return result;
}

static int read_steps(struct job *job, struct err *err)
{
    job->article = *job->given;
    return extract(job, err);
}

static int run_steps(struct job *job, struct err *err)
{
    int result = decode(job, err);
    if (result == 0)
        result = job->options.no_op_bytes ? extract_nothing(job) : extract(job, err);
    if (result == 0)
        result = encode(job, err);
    return result;
}

static int guard(struct job *job, int (*steps)(struct job *job, struct err *err),
                 struct err *err)
{
    begin(job);
    if (setjmp(job->landing) != 0) {
        html_free(&job->tree);
        return say_stopped(job, err);
    }
    return steps(job, err);
}

/* The deadline is looked up on the wall's clock, which is cheap; a document that did not
 * get the processor meanwhile is read again. */
static int attempt(struct job *job, int (*steps)(struct job *job, struct err *err),
                   struct err *err)
{
    int result = ERR_TIMEOUT;
    for (int i = 0; i < TRIES_MOST && result == ERR_TIMEOUT; i++) {
        result = guard(job, steps, err);
        if (cpu_ns() - job->begun_cpu_ns > deadline_ns(job) / 2)
            break;
    }
    return result;
}

int job_run(struct job *job, struct str article, struct str *entry_out, struct err *err)
{
    job->frame = article;
    int result = attempt(job, run_steps, err);
    *entry_out = result == 0 ? buf_str(&job->entry) : STR_NONE;
    return result;
}

void job_sketch(const struct job *job, struct sketch *out)
{
    shingle_sketch(&job->doc, out);
}

int job_read(struct job *job, const struct article *article,
             struct extract_entry *entry_out, struct err *err)
{
    job->given = article;
    int result = attempt(job, read_steps, err);
    *entry_out = result == 0 ? job->found : (struct extract_entry){0};
    return result;
}
