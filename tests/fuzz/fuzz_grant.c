/* Any bytes as an allow list: what is taken is found again by each key, is written down
 * anew to a list that says the same, and limits what a consumer asks for. */
#include "tests/fuzz/fuzz.h"

#include "broker/grant.h"
#include "proto/base/buf.h"

static void add_limits(struct buf *out, const struct grant *grant)
{
    static const char *const names[GRANT_LISTS] = {"kinds", "countries", "languages",
                                                   "sources"};
    bool named = false;
    for (int i = 0; i < GRANT_LISTS; i++)
        for (uint32_t j = 0; j < grant->only[i].count; j++) {
            if (j == 0)
                buf_printf(out, " %s=", names[i]);
            else
                buf_add_char(out, ',');
            buf_add_str(out, grant->only[i].item[j]);
        }
    for (int lane = 0; grant->roles & GRANT_FEEDER && lane < NOTE_LANE_COUNT; lane++)
        if (grant->lanes & 1u << lane) {
            buf_printf(out, "%s%s",
                       named ? "," : " lanes=", note_lane_name((enum note_lane)lane));
            named = true;
        }
    if (grant->rate)
        buf_printf(out, " rate=%llu", (unsigned long long)grant->rate);
    if (grant->waiting)
        buf_printf(out, " waiting=%llu", (unsigned long long)grant->waiting);
}

static void add_line(struct buf *out, const struct grant *grant)
{
    static const char *const names[] = {
#define X(role, name) name,
        GRANT_ROLES(X)
#undef X
    };
    const char *comma = "";
    for (unsigned bit = 0; bit < sizeof names / sizeof *names; bit++)
        if (grant->roles & 1u << bit) {
            buf_printf(out, "%s%s", comma, names[bit]);
            comma = ",";
        }
    buf_printf(out, " %.*s %s", STR_ARG(grant->name), grant->key);
    add_limits(out, grant);
    buf_add_char(out, '\n');
}

/* Whatever is asked for, only what is allowed comes out. */
static void check_limits(const struct grant *grant)
{
    struct message_from from;
    struct record_strs *const asked[] = {&from.kinds, &from.countries, &from.languages,
                                         &from.sources};
    struct str strange = STR("strange");
    record_init(&message_from_table, &from);
    fuzz_require(grant_limit(grant, &from, NULL) == 0);
    for (int i = 0; i < GRANT_LISTS; i++) {
        fuzz_require(asked[i]->count == grant->only[i].count);
        fuzz_require(asked[i]->count <= LIMIT_FILTER);
        if (grant->only[i].count == 0 || str_eq(grant->only[i].item[0], strange))
            continue;
        fuzz_require(!grant_opens(grant, FRAME_PUBLIC));
        *asked[i] = (struct record_strs){&strange, 1, 1};
        fuzz_require(grant->only[i].count > 1 ||
                     grant_limit(grant, &from, NULL) == ERR_DENIED);
        *asked[i] = grant->only[i];
    }
}

static void check(const struct grants *grants)
{
    struct buf text = {0};
    struct grants *again;
    const struct grant *grant;
    for (size_t i = 0; (grant = grants_at(grants, i)); i++) {
        fuzz_require(grants_find(grants, str_of(grant->key)) == grant);
        fuzz_require(grant->roles != 0 && key_is_name(grant->name));
        check_limits(grant);
        add_line(&text, grant);
    }
    fuzz_require(grants_parse("again", buf_str(&text), &again, NULL) == 0);
    fuzz_require(grants_count(again) == grants_count(grants));
    for (size_t i = 0; (grant = grants_at(grants, i)); i++)
        fuzz_require(grants_at(again, i)->rights == grant->rights);
    grants_close(&again);
    buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct grants *grants;
    struct err err = {0};
    int rc = grants_parse("allow", str_make((const char *)bytes, len), &grants, &err);
    if (rc == 0) {
        check(grants);
    } else {
        fuzz_check_err(rc, &err);
        fuzz_require(grants == NULL);
    }
    grants_close(&grants);
    return 0;
}
