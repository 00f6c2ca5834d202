#include "tests/support/check.h"

#include "worker/sink/show.h"

static char shown[4096];

static const char *show(const struct show_options *options, const struct fact *fact)
{
    struct buf out = {0};
    show_fact(options, fact, &out);
    assert_true(out.len < sizeof shown);
    memcpy(shown, buf_cstr(&out), out.len + 1);
    buf_fini(&out);
    return shown;
}

static const struct show_options plain = {0}, coloured = {.colour = true};

static struct fact fact_of(enum fact_kind kind)
{
    struct fact fact;
    fact_init(&fact, kind);
    fact.text = STR("bukti");
    return fact;
}

static void numbers_say_who_how_much_and_on_whose_word(void **state)
{
    (void)state;
    struct fact fact = fact_of(FACT_QUANTITY);
    struct fact_attribution from = {.name = STR("Slamet")};
    fact.value = 3400;
    fact.bound = FACT_MIN;
    fact.noun = STR("jiwa");
    fact.attribution = &from;
    fact.modality = FACT_PLANNED;
    assert_string_equal(show(&plain, &fact),
                        "  quantity  at least 3400 jiwa  planned  says Slamet\n"
                        "            “bukti”\n");
    fact = fact_of(FACT_QUANTITY);
    fact.low = 1.5;
    fact.high = 2e15;
    fact.unit = STR("USD");
    fact.change = FACT_UP;
    fact.holder = STR("negara");
    assert_has(show(&plain, &fact), "  quantity  up 1.5 to 2e+15 USD of negara\n");
}

static void every_kind_has_its_line(void **state)
{
    (void)state;
    struct fact fact = fact_of(FACT_ENTITY);
    fact.name = STR("Ambon");
    fact.type = FACT_GPE;
    assert_string_equal(show(&plain, &fact), "  entity    Ambon, place (GPE)\n");
    fact = fact_of(FACT_TIME);
    fact.time_value = STR("2025-03");
    assert_has(show(&plain, &fact), "  time      2025-03\n");
    fact = fact_of(FACT_QUOTE);
    fact.speaker_text = STR("warga");
    fact.direct = RECORD_TRUE;
    assert_has(show(&plain, &fact), "  quote     warga said, word for word\n");
    fact = fact_of(FACT_ROLE);
    fact.person = STR("Sinta");
    fact.title = STR("Bupati");
    fact.organisation = STR("Demak");
    fact.former = RECORD_TRUE;
    assert_has(show(&plain, &fact), "  role      Sinta: former Bupati, Demak\n");
    fact = fact_of(FACT_EVENT);
    fact.plover = FACT_AID;
    fact.actor_text = STR("dinas");
    assert_has(show(&plain, &fact), "  event     dinas AID ?\n");
}

static void a_heading_names_the_article_by_title_or_id(void **state)
{
    (void)state;
    struct article article;
    struct fact fact = fact_of(FACT_ARTICLE);
    record_init(&article_table, &article);
    article.id = STR("a-1");
    article.source = STR("contoh.example");
    fact.article = &article;
    assert_string_equal(show(&plain, &fact), "contoh.example  a-1\n");
    article.title = STR("Banjir");
    article.published = STR("2025-02-08");
    assert_string_equal(show(&plain, &fact), "contoh.example  Banjir  2025-02-08\n");
}

static void nothing_from_outside_moves_the_cursor(void **state)
{
    (void)state;
    struct article article;
    struct fact fact = fact_of(FACT_ARTICLE);
    record_init(&article_table, &article);
    article.id = STR("a");
    article.title = STR("a\x1b[2Jb\r\n\tc\x7f\xc2\x9b"
                        "d\xe2\x80\xae"
                        "e\xe2\x81\xa6\xe2\x80\x8f\xff\xe2\x80\xa8.");
    fact.article = &article;
    assert_string_equal(show(&plain, &fact), "a?[2Jb?  c??d?e????.\n");
    fact = fact_of(FACT_ENTITY);
    fact.name = STR("\x1b]0;x\x07");
    fact.type = FACT_PER;
    assert_string_equal(show(&coloured, &fact),
                        "  entity    \033[36m?]0;x?\033[0m, person\n");
}

static void colours_come_only_when_asked_for(void **state)
{
    (void)state;
    for (int kind = FACT_ENTITY; kind < FACT_KINDS; kind++) {
        struct fact fact = fact_of(kind);
        fact.name = fact.time_value = fact.speaker = fact.person = STR("x");
        fact.value = 1;
        assert_null(strchr(show(&plain, &fact), '\033'));
        assert_non_null(strchr(show(&coloured, &fact), '\033'));
    }
}

static void evidence_is_cut_between_characters(void **state)
{
    (void)state;
    struct show_options narrow = {.columns = 24};
    struct fact fact = fact_of(FACT_TIME);
    fact.time_value = STR("x");
    fact.text = STR("ééééé");
    assert_has(show(&narrow, &fact), "“éééé…”\n");
    fact.text = STR("aééééé");
    assert_has(show(&narrow, &fact), "“aééé…”\n");
    fact.text = STR("éééé");
    assert_has(show(&narrow, &fact), "“éééé”\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_say_who_how_much_and_on_whose_word),
        cmocka_unit_test(every_kind_has_its_line),
        cmocka_unit_test(a_heading_names_the_article_by_title_or_id),
        cmocka_unit_test(nothing_from_outside_moves_the_cursor),
        cmocka_unit_test(colours_come_only_when_asked_for),
        cmocka_unit_test(evidence_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
