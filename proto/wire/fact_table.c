/* Which fields each kind of fact has, in which order. */
#include "proto/wire/fact.h"

#include "proto/wire/limits.h"

/* Words quoted from the text may be as long as the text: the extractor does not cut, and
 * the entry has its own limit. */
#define MOST LIMIT_TEXT_BYTES

const char *const fact_kind_names[] = {"",      "article", "entity", "time", "quantity",
                                       "quote", "role",    "event",  NULL};
static const char *const entity_types[] = {"", "PER", "ORG", "GPE", "LOC", NULL};
static const char *const time_types[] = {"", "date", "time", "duration", "range", NULL};
static const char *const bounds[] = {"", "about", "min", "max", NULL};
static const char *const changes[] = {"", "up", "down", NULL};
static const char *const modalities[] = {"",       "planned", "possible", "conditional",
                                         "denied", NULL};
static const char *const plovers[] = {
    "",        "AGREE",    "CONSULT",  "SUPPORT", "COOPERATE", "AID",
    "CONCEDE", "RETREAT",  "REQUEST",  "ACCUSE",  "REJECT",    "THREATEN",
    "PROTEST", "SANCTION", "MOBILIZE", "COERCE",  "ASSAULT",   NULL};

/* FIELD(struct, TYPE, key, member, required[, .more = ...]) */
#define FIELD(record, kind_of, name, member, ...)                                        \
    {                                                                                    \
        .key = name, .key_len = sizeof(name) - 1, .type = RECORD_##kind_of,              \
        .offset = offsetof(struct record, member), .max_bytes = MOST,                    \
        .required = __VA_ARGS__                                                          \
    }

/* The article a fact points to: the same struct, other fields. */
static const struct record_field reference_fields[] = {
    FIELD(article, STR, "id", id, true),
    FIELD(article, STR, "url", url, false),
    FIELD(article, STR, "source", source, false),
    FIELD(article, STR, "published", published, false),
    FIELD(article, STR, "language", language, false),
    {0},
};
const struct record_table fact_reference_table = {"article", sizeof(struct article),
                                                  RECORD_PASS_OVER, reference_fields};

static const struct record_field attribution_fields[] = {
    FIELD(fact_attribution, STR, "name", name, false),
    FIELD(fact_attribution, STR, "text", text, false),
    FIELD(fact_attribution, STR, "cue", cue, false),
    FIELD(fact_attribution, STRS, "via", via, false),
    {0},
};
static const struct record_table attribution_table = {
    "attribution", sizeof(struct fact_attribution), RECORD_PASS_OVER, attribution_fields};

static const struct record_field place_fields[] = {
    FIELD(fact_place, STR, "name", name, true),
    FIELD(fact_place, STR, "country", country, false),
    {0},
};
static const struct record_table place_table = {"place", sizeof(struct fact_place),
                                                RECORD_PASS_OVER, place_fields};

/* Pieces of the tables below, each in its place of the order on the wire. */
#define ENVELOPE(article_table_of_kind)                                                  \
    FIELD(fact, U64, "v", v, true), FIELD(fact, U64, "seq", seq, false),                 \
        FIELD(fact, U64, "n", n, true),                                                  \
        FIELD(fact, ENUM, "kind", kind, true, .names = fact_kind_names),                 \
        FIELD(fact, STR, "id", id, true),                                                \
        FIELD(fact, MAP, "article", article, true, .sub = article_table_of_kind)
#define EVIDENCE                                                                         \
    FIELD(fact, U64, "sentence", sentence, true), FIELD(fact, SPAN, "span", span, true), \
        FIELD(fact, STR, "text", text, true),                                            \
        FIELD(fact, NUMBER, "confidence", confidence, true)
#define COUNTRY FIELD(fact, STR, "country", country, false)
#define CUE     FIELD(fact, STR, "cue", cue, false)
#define ATTRIBUTION                                                                      \
    FIELD(fact, MAP, "attribution", attribution, false, .sub = &attribution_table)
#define CIRCUMSTANCE                                                                     \
    ATTRIBUTION, FIELD(fact, ENUM, "modality", modality, false, .names = modalities),    \
        FIELD(fact, STR, "time", time, false),                                           \
        FIELD(fact, MAP, "place", place, false, .sub = &place_table)

static const struct record_field article_fields[] = {
    ENVELOPE(&article_loose_table),
    FIELD(fact, SPANS, "sentences", sentences, false),
    FIELD(fact, SPANS, "boilerplate", boilerplate, false),
    FIELD(fact, STR, "extractor", extractor, true),
    FIELD(fact, STR, "copy_of", copy_of, false),
    {0},
};
static const struct record_field entity_fields[] = {
    ENVELOPE(&fact_reference_table),
    EVIDENCE,
    FIELD(fact, ENUM, "type", type, true, .names = entity_types),
    FIELD(fact, STR, "name", name, true),
    FIELD(fact, SPANS, "mentions", mentions, true),
    COUNTRY,
    {0},
};
static const struct record_field time_fields[] = {
    ENVELOPE(&fact_reference_table),
    EVIDENCE,
    FIELD(fact, ENUM, "type", time_type, true, .names = time_types),
    FIELD(fact, STR, "value", time_value, true),
    {0},
};
static const struct record_field quantity_fields[] = {
    ENVELOPE(&fact_reference_table),
    EVIDENCE,
    FIELD(fact, NUMBER, "value", value, false),
    FIELD(fact, NUMBER, "low", low, false),
    FIELD(fact, NUMBER, "high", high, false),
    FIELD(fact, ENUM, "bound", bound, false, .names = bounds),
    FIELD(fact, STR, "unit", unit, true),
    FIELD(fact, STR, "noun", noun, false),
    FIELD(fact, STR, "holder", holder, false),
    FIELD(fact, STR, "about", about, false),
    FIELD(fact, ENUM, "change", change, false, .names = changes),
    CIRCUMSTANCE,
    {0},
};
static const struct record_field quote_fields[] = {
    ENVELOPE(&fact_reference_table),
    EVIDENCE,
    FIELD(fact, STR, "speaker", speaker, false),
    FIELD(fact, STR, "speaker_text", speaker_text, false),
    FIELD(fact, BOOL, "direct", direct, true),
    CUE,
    FIELD(fact, SPAN, "content", content, true),
    CIRCUMSTANCE,
    {0},
};
static const struct record_field role_fields[] = {
    ENVELOPE(&fact_reference_table),
    EVIDENCE,
    FIELD(fact, STR, "person", person, true),
    FIELD(fact, STR, "title", title, true),
    FIELD(fact, STR, "organisation", organisation, false),
    COUNTRY,
    FIELD(fact, BOOL, "former", former, false),
    {0},
};
static const struct record_field event_fields[] = {
    ENVELOPE(&fact_reference_table),
    EVIDENCE,
    FIELD(fact, ENUM, "type", plover, false, .names = plovers),
    FIELD(fact, SPAN, "trigger", trigger, true),
    FIELD(fact, STR, "lemma", lemma, false),
    FIELD(fact, STRS, "actors", actors, false),
    FIELD(fact, STRS, "targets", targets, false),
    FIELD(fact, STR, "actor_text", actor_text, false),
    FIELD(fact, STR, "target_text", target_text, false),
    FIELD(fact, STR, "object", object, false),
    CIRCUMSTANCE,
    {0},
};

#define TABLE(kind)                                                                      \
    static const struct record_table kind##_kind_table = {                               \
        #kind, sizeof(struct fact), RECORD_PASS_OVER, kind##_fields}
TABLE(article);
TABLE(entity);
TABLE(time);
TABLE(quantity);
TABLE(quote);
TABLE(role);
TABLE(event);

const struct record_table *const fact_tables[FACT_KINDS] = {
    [FACT_ARTICLE] = &article_kind_table, [FACT_ENTITY] = &entity_kind_table,
    [FACT_TIME] = &time_kind_table,       [FACT_QUANTITY] = &quantity_kind_table,
    [FACT_QUOTE] = &quote_kind_table,     [FACT_ROLE] = &role_kind_table,
    [FACT_EVENT] = &event_kind_table,
};
