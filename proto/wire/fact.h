#ifndef PROTO_WIRE_FACT_H
#define PROTO_WIRE_FACT_H

/* Fact records (proto/fact.txt, the contract with consumers). One struct serves all
 * kinds; a table per kind says which fields it has and in which order they are written.
 */

#include "proto/wire/article.h"
#include "proto/wire/record.h"

enum fact_kind {
    FACT_NONE,
    FACT_ARTICLE,
    FACT_ENTITY,
    FACT_TIME,
    FACT_QUANTITY,
    FACT_QUOTE,
    FACT_ROLE,
    FACT_EVENT,
    FACT_KINDS
};
enum fact_entity_type { FACT_TYPE_NONE, FACT_PER, FACT_ORG, FACT_GPE, FACT_LOC };
enum fact_time_type { FACT_TIME_NONE, FACT_DATE, FACT_CLOCK, FACT_DURATION, FACT_RANGE };
enum fact_bound { FACT_EXACT, FACT_ABOUT, FACT_MIN, FACT_MAX };
enum fact_change { FACT_STILL, FACT_UP, FACT_DOWN };
/* In order of strength, the strongest wins: denied, conditional, possible, planned. */
enum fact_modality {
    FACT_ASSERTED,
    FACT_PLANNED,
    FACT_POSSIBLE,
    FACT_CONDITIONAL,
    FACT_DENIED
};
enum fact_plover {
    FACT_PLOVER_NONE,
    FACT_AGREE,
    FACT_CONSULT,
    FACT_SUPPORT,
    FACT_COOPERATE,
    FACT_AID,
    FACT_CONCEDE,
    FACT_RETREAT,
    FACT_REQUEST,
    FACT_ACCUSE,
    FACT_REJECT,
    FACT_THREATEN,
    FACT_PROTEST,
    FACT_SANCTION,
    FACT_MOBILIZE,
    FACT_COERCE,
    FACT_ASSAULT
};

struct fact_attribution {
    struct str name, text, cue;
    struct record_strs via;
};
struct fact_place {
    struct str name, country;
};

struct fact {
    /* envelope */
    uint64_t v, seq, n;
    int kind; /* enum fact_kind */
    struct str id;
    struct article *article; /* of facts: id, url, source, published, language only */
    uint64_t sentence;
    struct span span;
    struct str text;
    double confidence;
    /* article record */
    struct record_spans sentences, boilerplate;
    struct str extractor;
    struct str copy_of; /* id of another article; the broker's to say */
    /* parts of several kinds */
    struct fact_attribution *attribution;
    int modality;
    struct str time;
    struct fact_place *place;
    /* entity */
    int type; /* enum fact_entity_type */
    struct str name;
    struct record_spans mentions;
    struct str country;
    /* time */
    int time_type;
    struct str time_value;
    /* quantity */
    double value, low, high;
    int bound, change;
    struct str unit, noun, holder, about;
    /* quote */
    struct str speaker, speaker_text, cue;
    enum record_bool direct;
    struct span content;
    /* role */
    struct str person, title, organisation;
    enum record_bool former;
    /* event */
    int plover;
    struct span trigger;
    struct str lemma, actor_text, target_text, object;
    struct record_strs actors, targets;
    /* not on the wire: which rule found it, and the cue, for `warta explain` */
    const char *rule;
    struct span rule_cue, mode_cue; /* of modality */
};

extern const char *const fact_kind_names[]; /* "", "article", "entity", … NULL */
extern const struct record_table *const fact_tables[FACT_KINDS]; /* by kind */
extern const struct record_table fact_reference_table; /* the article of a fact */

void fact_init(struct fact *fact, enum fact_kind kind); /* all absent, v 1, kind set */

/* Decode one record of an entry by its kind, and fact_check it without a text. Unknown
 * keys are passed over; a record of an unknown kind is ERR_FIELD. */
int fact_decode(struct str frame, struct arena *arena, struct fact *out, struct err *err);
/* The same for one record of an entry that scan_check has passed as a whole. last: what
 * facts of one entry share, zero before the first of them; out->article may point into
 * it, and its strings are borrowed from the entry. Or NULL. */
struct fact_last {
    struct str raw;
    struct article article;
};
struct scan_value;
int fact_decode_checked(const struct scan_value *map, struct fact_last *last,
                        struct arena *arena, struct fact *out, struct err *err);
/* The contract of proto/fact.txt: version, id, needed fields of the kind, confidence in
 * range; and where article_text is given, every span inside it and `text` what the span
 * holds. */
int fact_check(const struct fact *fact, struct str article_text, struct err *err);

/* Fill fact->id (16 hex digits, into arena): hash of article id, extractor, kind, span
 * and the normalised fields (everything on the wire but v, seq, n, id, article,
 * confidence). */
void fact_make_id(struct fact *fact, struct str article_id, struct str extractor,
                  struct arena *arena);

/* "<article id>\n<extractor>" hashed: the entry's id (proto/fact.txt), 16 hex digits and
 * NUL. */
void fact_entry_id(struct str article_id, struct str extractor, char out[17]);

/* One record as a walk over its top keys sees it, without decoding: for filters and
 * topics. Language and source are those of its article, absent where it has none. */
struct fact_view {
    struct str kind, language, source, country; /* country "-" when none */
};
/* record: a value that scan_check has passed. 0, or ERR_FIELD where it is no map or has
 * no kind; other fields of a wrong type count as absent. */
int fact_view(struct str record, struct fact_view *out, struct err *err);

/* Append entry, a checked one, to buf with "copy_of" in its article record, which has
 * none. */
void fact_add_copy_of(struct str entry, struct str copy_of, struct buf *buf);

/* Append record, a checked map, to buf with "seq" put first (the log stores records
 * without it; one that a worker put in all the same is left out). */
void fact_add_seq(struct str record, uint64_t seq, struct buf *buf);

#endif
