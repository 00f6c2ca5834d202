/* Any bytes as an article, in parts: text, title, source, id. What `warta explain` shows
 * of it is safe on a terminal, is HTML with no markup but its own, and is JSON. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/utf8.h"
#include "worker/explain.h"
#include "worker/job.h"

#define MEMORY_BYTES ((uint64_t)64 << 20)

static struct job *job_of(void)
{
    static const struct job_options options = {.memory_bytes = MEMORY_BYTES,
                                               .trees = true};
    static struct job *job; /* opened once: packs and models never change */
    if (job == NULL)
        fuzz_require(job_open(&options, &job, NULL) == 0);
    return job;
}

static void check_json(struct str out)
{
    struct str line;
    while (str_split(&out, '\n', &line) == 1) {
        if (out.ptr == NULL && line.len == 0)
            return;
        json_t *json =
            json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
        fuzz_require(json_is_object(json));
        json_decref(json);
    }
}

/* Of what stands between < and >, nothing begins as only a stranger's would. */
static void check_html(struct str out)
{
    static const char *const wild[] = {"<script", "<img",    "<svg",         "<!--",
                                       "</style", "<iframe", "javascript:\""};
    for (size_t i = 0; i < sizeof wild / sizeof *wild; i++)
        fuzz_require(str_find(out, str_of(wild[i])) == (size_t)-1);
    fuzz_require(fuzz_is_plain(out));
}

static void show(const struct explain_view *view)
{
    struct buf out = {0};
    explain_text(view, &out);
    fuzz_require(fuzz_is_plain(buf_str(&out)));
    buf_clear(&out);
    explain_json(view, &out);
    check_json(buf_str(&out));
    buf_clear(&out);
    explain_html(view, &out);
    check_html(buf_str(&out));
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct article article;
    struct extract_entry entry;
    struct str rest = str_make((const char *)bytes, len);
    record_init(&article_loose_table, &article);
    article.language = STR("id");
    article.published = STR("2024-10-19T17:00:00+07:00");
    article.text = fuzz_part(&rest);
    struct str fields = rest;
    article.title = fuzz_part(&rest);
    article.source = fuzz_part(&rest);
    article.id = fuzz_part(&rest);
    /* only a text file may hold anything */
    if (fields.ptr && utf8_bad_at(fields) < fields.len)
        return 0;
    if (job_read(job_of(), &article, &entry, NULL) != 0)
        return 0;
    struct explain_view view = {
        .doc = job_doc(job_of()), .entry = &entry, .number = 1, .tokens = true};
    show(&view);
    if (entry.count > 1) {
        view.fact = entry.fact[entry.count / 2].id;
        fuzz_require(explain_has(&view));
        show(&view);
    }
    return 0;
}
