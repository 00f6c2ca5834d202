#ifndef TESTS_UNIT_TEXT_FIXTURE_H
#define TESTS_UNIT_TEXT_FIXTURE_H

/* A text read by the text stage, and what came out as lines a test can compare. */

#include "worker/text/text.h"

#include "tests/support/check.h"

struct text_fixture {
    struct lang_set *langs;
    struct arena arena;
    struct doc doc;
};

int text_fixture_setup(void **state); /* cmocka: makes the fixture; language packs open */
int text_fixture_teardown(void **state);

/* Read text (language: NULL lets it be guessed); fails the test on an error. The document
 * is valid until the next call. */
struct doc *text_fixture_read(void **state, const char *text, const char *language);
int text_fixture_try(void **state, struct str text, const char *language,
                     struct err *err);

/* Tokens joined by |, sentences by /, in the fixture's arena; sentences that are dropped
 * have their drop's name and a colon before them. */
struct str text_fixture_tokens(void **state);
struct str text_fixture_sentences(void **state);
/* Lines joined by /, dropped ones as above. */
struct str text_fixture_lines(void **state);

#endif
