#ifndef TESTS_UNIT_NAMES_FIXTURE_H
#define TESTS_UNIT_NAMES_FIXTURE_H

/* What the stages for names and roles make of an Indonesian text, as one line. */

#include "tests/unit/text_fixture.h"

struct names_case {
    const char *text, *want;
};

/* "PER Joko Widodo ID; GPE Bogor ID": entities in order, absent country left out. */
struct str names_fixture_entities(void **state, const char *text);
/* "person | title | organisation | country | former; …". */
struct str names_fixture_roles(void **state, const char *text);
/* Every case of a table that ends with text NULL; shows the text of those that fail. */
void names_fixture_check(void **state, const struct names_case *cases,
                         struct str (*read)(void **state, const char *text));

#endif
