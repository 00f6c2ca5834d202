#include "tests/support/check.h"

#include "worker/explain.h"
#include "worker/job.h"

#include <stdio.h>

#define TEXT                                                                             \
    "Presiden Prancis Emmanuel Macron tiba di Jakarta kemarin. Ia membawa 40 "           \
    "pengusaha <img onerror=alert(1)>.\nBaca Juga: Harga beras naik\n"                   \
    "Macron berkata, \"Kami senang.\"\nMacron berkata, \"Kami senang.\""

static const struct job_options limits = {.memory_bytes = (uint64_t)64 << 20,
                                          .trees = true};

static struct job *job;
static struct article article;
static struct extract_entry entry;
static struct explain_view view;
static struct buf out;

static int set_up(void **state)
{
    struct err err = {0};
    (void)state;
    record_init(&article_table, &article);
    article.id = STR("x-1");
    article.title = STR("<b>Judul</b>");
    article.source = STR("contoh\033[2J.id");
    article.published = STR("2025-02-08");
    article.text = STR(TEXT);
    if (job_open(&limits, &job, &err) != 0 || job_read(job, &article, &entry, &err) != 0)
        return -1;
    view = (struct explain_view){.doc = job_doc(job), .entry = &entry, .number = 1};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    job_close(&job);
    buf_fini(&out);
    out = (struct buf){0};
    return 0;
}

static const char *text(void)
{
    buf_clear(&out);
    explain_text(&view, &out);
    return buf_cstr(&out);
}

static const char *html(void)
{
    buf_clear(&out);
    explain_html_begin(&out);
    explain_html(&view, &out);
    explain_html_end(&out);
    return buf_cstr(&out);
}

static const char *json(void)
{
    buf_clear(&out);
    explain_json(&view, &out);
    return buf_cstr(&out);
}

static void assert_has_not(const char *shown, const char *part)
{
    if (strstr(shown, part))
        fail_msg("holds what it must not: %s", part);
}

static size_t count_in(const char *shown, const char *part)
{
    size_t count = 0;
    for (; (shown = strstr(shown, part)) != NULL; shown += strlen(part))
        count++;
    return count;
}

static const struct fact *first_of(enum fact_kind kind)
{
    for (uint32_t i = 1; i < entry.count; i++)
        if (entry.fact[i].kind == (int)kind)
            return &entry.fact[i];
    fail_msg("there is no fact of kind %d", (int)kind);
    return NULL;
}

static void a_fact_has_rule_cue_and_what_it_says(void **state)
{
    (void)state;
    const char *shown = text();
    assert_has(shown, " role  “Presiden Prancis Emmanuel Macron”\n"
                      "              rule role.title, cue “Presiden”, confidence ");
    assert_has(shown, "person  Emmanuel Macron\n");
    assert_has(shown, "value  40\n");
}

static void an_entity_names_the_mentions_it_is_made_of(void **state)
{
    (void)state;
    assert_has(text(), "mention  “Macron”  sentence 3, rule mention.");
    assert_has(json(), "\"text\":\"Macron\",\"rule\":\"mention.");
}

static void what_is_dropped_has_its_reason(void **state)
{
    (void)state;
    assert_has(text(), "--  Baca Juga: Harga beras naik\n        dropped: teaser\n");
    assert_has(text(), "--  Macron berkata, \"Kami senang.\"\n        dropped: repeat\n");
    assert_has(json(), "\"text\":\"Baca Juga: Harga beras naik\",\"dropped\":\"teaser\"");
    assert_has(html(), "<p>Baca Juga: Harga beras naik</p>dropped: teaser");
}

static void evidence_is_marked_and_nests(void **state)
{
    (void)state;
    assert_has(text(), " Prancis]");
    assert_has(html(), "<mark class=\"entity\">Prancis<sup>");
    assert_int_equal(count_in(html(), "<mark "), count_in(html(), "</mark>"));
}

static void marks_that_cross_are_closed_and_opened_again(void **state)
{
    (void)state;
    struct fact fact[4];
    struct extract_entry crossing = {fact, 4};
    fact[0] = entry.fact[0];
    for (int i = 1; i < 4; i++) {
        fact_init(&fact[i], FACT_TIME);
        fact[i].sentence = 0;
        fact[i].id = STR("0");
    }
    fact[1].span = (struct span){0, 16};
    fact[2].span = (struct span){9, 25};
    fact[3].span = (struct span){26, 70}; /* runs over the sentence's end */
    view.entry = &crossing;
    assert_has(text(), "  [1 Presiden [2 Prancis]][2  Emmanuel] [3 Macron tiba di");
    assert_has(text(), " kemarin.]\n");
}

static void one_fact_comes_with_its_sentence_only(void **state)
{
    (void)state;
    view.fact = first_of(FACT_QUANTITY)->id;
    assert_true(explain_has(&view));
    assert_has(text(), "Ia membawa [");
    assert_has_not(text(), "tiba di");
    assert_has_not(text(), "Baca Juga");
    assert_int_equal(count_in(json(), "\"rule\":"), 1);
    view.fact = STR("ffffffffffffffff");
    assert_false(explain_has(&view));
}

static void the_page_escapes_the_article_and_loads_nothing(void **state)
{
    (void)state;
    const char *page = html();
    assert_has(page, "&lt;img onerror=alert(1)&gt;");
    assert_has_not(page, "<img");
    assert_has_not(page, "<b>Judul");
    assert_has(page, "contoh?[2J.id"); /* an escape sequence goes */
    assert_has(page, "http-equiv=\"Content-Security-Policy\" "
                     "content=\"default-src 'none'; base-uri 'none'; form-action 'none'; "
                     "style-src 'sha256-");
    assert_has_not(page, "unsafe-inline");
    assert_has_not(page, "style=");
    assert_has_not(page, "<script");
    assert_has(page, "name=\"viewport\"");
    assert_has(page, "prefers-color-scheme:dark");
}

static void an_article_cannot_steer_the_terminal(void **state)
{
    (void)state;
    assert_has_not(text(), "\033");
    view.colour = true;
    assert_has(text(), "\033[");
    assert_has_not(text(), "\033[2J");
}

static void each_line_of_json_is_an_object(void **state)
{
    (void)state;
    struct str rest = str_of(json()), line;
    uint32_t facts = 0;
    while (str_split(&rest, '\n', &line)) {
        if (line.len == 0)
            continue;
        struct err err = {0};
        json_t *object = record_load_json(line, &err);
        assert_non_null(object);
        if (json_object_get(object, "given")) {
            assert_true(json_string_length(json_object_get(object, "rule")) > 0);
            facts++;
        }
        json_decref(object);
    }
    assert_int_equal(facts, entry.count - 1);
}

static void what_the_rule_gave_is_told_beside_what_is_published(void **state)
{
    (void)state;
    const struct doc *doc = job_doc(job);
    const struct fact *fact = first_of(FACT_QUANTITY);
    struct fact both[2] = {entry.fact[0], *fact};
    struct extract_entry calibrated = {both, 2};
    char wanted[64] = "";
    for (uint32_t i = 0; i < doc->found.count; i++)
        if (doc->found.item[i].fact.kind == FACT_QUANTITY)
            snprintf(wanted, sizeof wanted, "confidence 0.12 (given %.2f)\n",
                     doc->found.item[i].fact.confidence);
    both[1].confidence = 0.12;
    view.entry = &calibrated;
    assert_has(text(), wanted);
}

static void words_have_their_tags_and_tree(void **state)
{
    (void)state;
    assert_null(strstr(text(), "    2  Prancis"));
    view.tokens = true;
    assert_has(text(), "    2  Prancis  PROPN  1  ");
    assert_has(json(), "\"text\":\"Prancis\",\"upos\":\"PROPN\",\"head\":1,\"deprel\":");
    assert_has(html(), "<td>PROPN</td><td>1</td><td>");
}

static void words_without_a_model_have_no_tree(void **state)
{
    (void)state;
    struct doc doc = *job_doc(job);
    doc.trees = NULL;
    view.doc = &doc;
    view.tokens = true;
    assert_has(text(), "    2  Prancis\n");
    assert_null(strstr(json(), "upos"));
    assert_null(strstr(html(), "<th>part</th>"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_fact_has_rule_cue_and_what_it_says),
        T(an_entity_names_the_mentions_it_is_made_of),
        T(what_is_dropped_has_its_reason),
        T(evidence_is_marked_and_nests),
        T(marks_that_cross_are_closed_and_opened_again),
        T(one_fact_comes_with_its_sentence_only),
        T(the_page_escapes_the_article_and_loads_nothing),
        T(an_article_cannot_steer_the_terminal),
        T(each_line_of_json_is_an_object),
        T(what_the_rule_gave_is_told_beside_what_is_published),
        T(words_have_their_tags_and_tree),
        T(words_without_a_model_have_no_tree),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
