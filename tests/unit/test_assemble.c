#include "tests/support/check.h"

#include "worker/extract/extract.h"

#define TEXT "Putin tiba di Pyongyang. Putin tiba lagi. Kim menyambut 100 tamu."

struct fixture {
    struct arena arena;
    struct lang lang;
    struct article article;
    struct doc doc;
};

static struct fixture fix;

/* Words split at spaces, sentences at stops, one line: enough of a document. */
static void split(struct doc *doc)
{
    struct str rest = doc->text, word;
    while (str_split(&rest, ' ', &word)) {
        uint32_t begin = (uint32_t)(word.ptr - doc->text.ptr);
        uint32_t end = begin + (uint32_t)word.len;
        if (doc->sentences.count == 0 ||
            doc->text.ptr[doc->tokens.item[doc->tokens.count - 1].span.end - 1] == '.')
            *ARENA_PUSH(doc->arena, &doc->sentences) =
                (struct sentence){.span = {begin, end}, .first = doc->tokens.count};
        uint32_t at = doc->sentences.count - 1;
        *ARENA_PUSH(doc->arena, &doc->tokens) =
            (struct token){.span = {begin, end}, .text = word, .sentence = at};
        doc->sentences.item[at].span.end = end;
        doc->sentences.item[at].end = doc->tokens.count;
    }
    *ARENA_PUSH(doc->arena, &doc->lines) =
        (struct doc_line){.span = {0, (uint32_t)doc->text.len}};
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&fix.arena, (size_t)64 << 20);
    fix.lang = (struct lang){.code = "id", .extractor = "id-test"};
    record_init(&article_table, &fix.article);
    fix.article.id = STR("a-1");
    fix.article.source = STR("contoh.id");
    fix.article.title = STR("Judul");
    fix.article.text = STR(TEXT);
    doc_init(&fix.doc, &fix.arena, &fix.article);
    fix.doc.lang = &fix.lang;
    split(&fix.doc);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&fix.arena);
    return 0;
}

static uint32_t add_entity(enum entity_type type, const char *name, float confidence)
{
    *ARENA_PUSH(&fix.arena, &fix.doc.entities) = (struct entity){
        .type = (uint8_t)type, .name = str_of(name), .confidence = confidence};
    return fix.doc.entities.count - 1;
}

static void mention(uint32_t entity, uint32_t token)
{
    const struct token *t = &fix.doc.tokens.item[token];
    *ARENA_PUSH(&fix.arena, &fix.doc.mentions) = (struct mention){.span = t->span,
                                                                  .first = token,
                                                                  .end = token + 1,
                                                                  .sentence = t->sentence,
                                                                  .entity = entity,
                                                                  .name = t->text};
}

static struct found *add_quantity(uint32_t first, uint32_t end, double value)
{
    struct found *found = doc_add(&fix.doc, FACT_QUANTITY, first, end, "test", 0.5);
    found->fact.value = value;
    found->fact.unit = STR("tamu");
    return found;
}

static struct extract_entry assemble(void)
{
    struct extract_entry entry;
    extract_assemble(&fix.doc, str_of(fix.lang.extractor), &entry);
    return entry;
}

static void the_article_record_comes_first_with_sentences(void **state)
{
    (void)state;
    struct extract_entry entry = assemble();
    assert_int_equal(entry.count, 1);
    const struct fact *record = &entry.fact[0];
    assert_int_equal(record->kind, FACT_ARTICLE);
    assert_int_equal(record->n, 0);
    assert_true(record->seq == UINT64_MAX);
    assert_str(record->extractor, "id-test");
    assert_str(record->article->title, "Judul");
    assert_int_equal(record->sentences.count, 3);
    assert_int_equal(record->boilerplate.count, 0);
    assert_int_equal(record->id.len, 16);
}

static void an_entity_is_one_record_at_its_first_mention(void **state)
{
    (void)state;
    uint32_t putin = add_entity(ENTITY_PER, "Putin", 0.9f);
    mention(putin, 0);
    mention(putin, 4);
    struct extract_entry entry = assemble();
    assert_int_equal(entry.count, 2);
    const struct fact *fact = &entry.fact[1];
    assert_str(fact->name, "Putin");
    assert_str(fact->text, "Putin");
    assert_int_equal(fact->span.begin, 0);
    assert_int_equal(fact->n, 1);
    assert_int_equal(fact->mentions.count, 2);
    assert_int_equal(fact->mentions.item[1].begin, 25);
}

static void mentions_are_in_order_of_place_whatever_order_they_were_found_in(void **state)
{
    (void)state;
    uint32_t putin = add_entity(ENTITY_PER, "Putin", 0.9f);
    mention(putin, 4);
    mention(putin, 0);
    struct extract_entry entry = assemble();
    assert_int_equal(entry.fact[1].span.begin, 0);
    assert_int_equal(entry.fact[1].sentence, 0);
    assert_int_equal(entry.fact[1].mentions.item[0].begin, 0);
    assert_int_equal(entry.fact[1].mentions.item[1].begin, 25);
}

static void a_mention_in_a_dropped_sentence_does_not_count(void **state)
{
    (void)state;
    uint32_t putin = add_entity(ENTITY_PER, "Putin", 0.9f);
    uint32_t other = add_entity(ENTITY_GPE, "Pyongyang", 0.9f);
    fix.doc.sentences.item[0].drop = DROP_REPEAT;
    mention(putin, 0);
    mention(other, 3);
    mention(putin, 4);
    struct extract_entry entry = assemble();
    assert_int_equal(entry.count, 2);
    assert_int_equal(entry.fact[1].span.begin, 25);
    assert_int_equal(entry.fact[1].sentence, 1);
    assert_int_equal(entry.fact[0].boilerplate.count, 1);
    assert_int_equal(entry.fact[0].boilerplate.item[0].end, 24);
}

static void a_dropped_line_is_boilerplate_once_with_its_sentences(void **state)
{
    (void)state;
    fix.doc.lines.item[0].drop = DROP_TEASER;
    for (uint32_t i = 0; i < fix.doc.sentences.count; i++)
        fix.doc.sentences.item[i].drop = DROP_TEASER;
    struct extract_entry entry = assemble();
    assert_int_equal(entry.fact[0].boilerplate.count, 1);
    assert_int_equal(entry.fact[0].boilerplate.item[0].end, strlen(TEXT));
}

static void an_entity_without_a_type_is_left_out(void **state)
{
    (void)state;
    mention(add_entity(ENTITY_NONE, "Putin", 0.9f), 0);
    assert_int_equal(assemble().count, 1);
}

static void facts_are_in_order_of_span_then_kind_then_end(void **state)
{
    (void)state;
    add_quantity(9, 11, 100);
    add_quantity(9, 10, 100);
    mention(add_entity(ENTITY_PER, "Kim", 0.8f), 7);
    mention(add_entity(ENTITY_PER, "100", 0.8f), 9);
    struct extract_entry entry = assemble();
    assert_int_equal(entry.count, 5);
    assert_str(entry.fact[1].text, "Kim");
    assert_int_equal(entry.fact[2].kind, FACT_ENTITY);
    assert_str(entry.fact[3].text, "100");
    assert_int_equal(entry.fact[3].kind, FACT_QUANTITY);
    assert_str(entry.fact[4].text, "100 tamu.");
    for (uint32_t i = 0; i < entry.count; i++)
        assert_int_equal(entry.fact[i].n, i);
}

static void many_facts_stay_in_order(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 1000; i++)
        add_quantity((i * 7) % 11, 11, i);
    struct extract_entry entry = assemble();
    assert_int_equal(entry.count, 1001);
    for (uint32_t i = 2; i < entry.count; i++) {
        const struct fact *a = &entry.fact[i - 1], *b = &entry.fact[i];
        assert_true(a->span.begin <= b->span.begin);
        assert_true(a->span.begin != b->span.begin || a->value < b->value);
    }
}

static void what_a_later_stage_took_back_is_not_published(void **state)
{
    (void)state;
    add_quantity(9, 11, 100)->dropped = true;
    assert_int_equal(assemble().count, 1);
}

static void the_same_fact_found_twice_is_published_once(void **state)
{
    (void)state;
    add_quantity(9, 11, 100);
    add_quantity(9, 11, 100)->fact.confidence = 0.7;
    add_quantity(9, 11, 200);
    struct extract_entry entry = assemble();
    assert_int_equal(entry.count, 3);
    assert_true(entry.fact[1].confidence < 0.6);
    assert_int_equal(entry.fact[2].n, 2);
}

static void a_fact_that_breaks_the_contract_is_told_and_not_published(void **state)
{
    (void)state;
    add_quantity(9, 11, 100)->fact.unit = STR_NONE;
    add_quantity(8, 11, 100);
    check_diag_begin();
    struct extract_entry entry = assemble();
    check_diag_expect("breaks the contract");
    check_diag_end();
    assert_int_equal(entry.count, 2);
    assert_int_equal(entry.fact[1].n, 1);
}

static void confidence_is_rounded_to_hundredths_between_0_and_1(void **state)
{
    (void)state;
    static const double given[] = {0.123456, 1.5, -1, 0.9f};
    static const double want[] = {0.12, 1, 0, 0.9};
    for (uint32_t i = 0; i < 4; i++)
        add_quantity(i, i + 1, 1)->fact.confidence = given[i];
    struct extract_entry entry = assemble();
    assert_int_equal(entry.count, 5);
    for (uint32_t i = 0; i < 4; i++)
        assert_true(entry.fact[i + 1].confidence == want[i]);
}

static void a_fact_says_of_its_article_who_it_is_and_not_what_it_says(void **state)
{
    (void)state;
    add_quantity(9, 11, 100);
    struct extract_entry entry = assemble();
    assert_str(entry.fact[1].article->id, "a-1");
    assert_str(entry.fact[1].article->source, "contoh.id");
    assert_null(entry.fact[1].article->text.ptr);
    assert_null(entry.fact[1].article->title.ptr);
}

static void ids_depend_on_article_extractor_and_content_only(void **state)
{
    (void)state;
    add_quantity(9, 11, 100);
    char first[17] = {0}, later[17] = {0};
    memcpy(first, assemble().fact[1].id.ptr, 16);
    add_quantity(0, 1, 3);
    memcpy(later, assemble().fact[2].id.ptr, 16);
    assert_string_equal(first, later);
    fix.lang.extractor = "id-test2";
    memcpy(later, assemble().fact[2].id.ptr, 16);
    assert_string_not_equal(first, later);
}

static void a_text_nobody_reads_gives_its_article_alone(void **state)
{
    (void)state;
    fix.doc.lang = NULL;
    fix.doc.sentences.count = 0;
    fix.doc.tokens.count = 0;
    fix.doc.lines.item[0].drop = DROP_LANGUAGE;
    struct extract_entry entry = assemble();
    assert_int_equal(entry.count, 1);
    assert_str(entry.fact[0].extractor, "id-test");
    assert_int_equal(entry.fact[0].boilerplate.count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_article_record_comes_first_with_sentences),
        TEST(an_entity_is_one_record_at_its_first_mention),
        TEST(mentions_are_in_order_of_place_whatever_order_they_were_found_in),
        TEST(a_mention_in_a_dropped_sentence_does_not_count),
        TEST(a_dropped_line_is_boilerplate_once_with_its_sentences),
        TEST(an_entity_without_a_type_is_left_out),
        TEST(facts_are_in_order_of_span_then_kind_then_end),
        TEST(many_facts_stay_in_order),
        TEST(what_a_later_stage_took_back_is_not_published),
        TEST(the_same_fact_found_twice_is_published_once),
        TEST(a_fact_that_breaks_the_contract_is_told_and_not_published),
        TEST(confidence_is_rounded_to_hundredths_between_0_and_1),
        TEST(a_fact_says_of_its_article_who_it_is_and_not_what_it_says),
        TEST(ids_depend_on_article_extractor_and_content_only),
        TEST(a_text_nobody_reads_gives_its_article_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
