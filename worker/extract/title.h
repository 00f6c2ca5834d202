#ifndef WORKER_EXTRACT_TITLE_H
#define WORKER_EXTRACT_TITLE_H

/* Titles as they stand before or behind a name: "mantan Wakil Menteri Luar Negeri",
 * "analis senior", "Plt. Direktur Jenderal Imigrasi", "Menteri Keuangan II", "AKBP",
 * "Jenderal (Purn)", "Bapak". */

#include "worker/extract/gazetteer.h"

enum title_kind { TITLE_NONE, TITLE_ROLE, TITLE_RANK, TITLE_HONOR };

struct title {
    uint8_t kind;        /* enum title_kind */
    bool former;         /* a word before it says the role is over */
    bool local;          /* of a place, which may follow it */
    bool village;        /* … and mostly does, though nobody lists it */
    bool club;           /* of a club, whose town may stand for it */
    bool bound;          /* says nothing without what it is of: "anggota" */
    bool namesake;       /* stands in names of schools and streets: "Sultan" */
    bool serves;         /* of a person, who may be named before the bearer */
    struct str country;  /* all who bear it are of; or absent */
    uint32_t first, end; /* tokens of the title without the word of former */
};

/* A title that begins at token `at` and ends before `limit`: the token behind it, or 0.
 */
uint32_t title_read(const struct gazetteer *gazetteer, struct doc *doc, uint32_t at,
                    uint32_t limit, struct title *out);

#endif
