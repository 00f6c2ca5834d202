#ifndef WORKER_EXTRACT_UNIT_H
#define WORKER_EXTRACT_UNIT_H

/* Units that have a code: money (ISO 4217), per cent, measures (UCUM).
 *
 * List currency.txt: word or sign, code, and where it may stand: "before", "after",
 * "both". List unit.txt: word or sign and code; "tight" behind it for those that must
 * touch the numeral. */

#include "worker/extract/value.h"

enum unit_kind { UNIT_NONE, UNIT_MONEY, UNIT_PERCENT, UNIT_MEASURE };

struct unit {
    enum unit_kind kind;
    struct str code; /* borrowed from the pack */
};

/* Pieces taken; 0 none. */
uint32_t unit_read_before(const struct values *v, uint32_t at, struct unit *out);
uint32_t unit_read_after(const struct values *v, uint32_t at, struct unit *out);

#endif
