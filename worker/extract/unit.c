#include "worker/extract/unit.h"

static uint32_t read_currency(const struct values *v, uint32_t at, const char *place,
                              struct unit *out)
{
    struct str entry;
    uint32_t n = values_match(v, v->list.currency, at, &entry);
    if (n == 0)
        return 0;
    struct str code = value_field(&entry);
    if (!str_is(entry, place) && !str_is(entry, "both"))
        return 0;
    *out = (struct unit){UNIT_MONEY, code};
    return n;
}

uint32_t unit_read_before(const struct values *v, uint32_t at, struct unit *out)
{
    uint32_t n = read_currency(v, at, "before", out);
    /* "Rp." is written, too. */
    if (n && values_mark(v, at + n, '.') && values_glued(v, at + n))
        n++;
    return n;
}

uint32_t unit_read_after(const struct values *v, uint32_t at, struct unit *out)
{
    struct str entry;
    if (at >= v->count)
        return 0;
    uint32_t n = read_currency(v, at, "after", out);
    if (n)
        return n;
    n = values_match(v, v->list.unit, at, &entry);
    if (n == 0)
        return 0;
    struct str code = value_field(&entry);
    /* Of one letter the case matters: "5 g", but "5G"; "66 W" is as its code. */
    const struct piece *p = &v->item[at];
    if (n == 1 && p->text.len == 1 && p->capital && !str_eq(p->text, code))
        return 0;
    if (str_starts(entry, STR("small=")) && !p->capital)
        code = str_from(entry, strlen("small="));
    if (str_is(entry, "tight") && !values_glued(v, at))
        return 0;
    /* "5G", "10a": letters or digits glued behind make it a code. */
    if (values_glued(v, at + n) && v->item[at + n].kind != PIECE_MARK)
        return 0;
    *out = (struct unit){str_is(code, "%") ? UNIT_PERCENT : UNIT_MEASURE, code};
    return n;
}
