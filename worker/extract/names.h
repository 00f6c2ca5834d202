#ifndef WORKER_EXTRACT_NAMES_H
#define WORKER_EXTRACT_NAMES_H

/* What the parts of the mention stage share; of no use outside it.
 *
 *   scan    walks each sentence once and cuts it into spots: known names, names with a
 *           head word, and runs of capitalised words that may be names
 *   weigh   gives points to runs, by what is in and beside them
 *   judge   gives runs a type by the votes of all places where they stand, and drops
 *           those without evidence
 *   recall  finds the names so learnt where their capital alone says nothing: at sentence
 *           begins and in headlines
 *   entity  joins what means the same */

#include "worker/extract/gazetteer.h"
#include "worker/extract/title.h"

/* Most tokens of a run of capitalised words that is taken for one name. */
#define NAMES_RUN_MOST 8

/* Small table from bytes to a number: keys borrowed, never grown, hashed the same on
 * every machine. */
struct name_table {
    struct name_slot {
        struct str key;
        uint32_t value;
    } * slot;
    uint32_t mask;
};

void name_table_init(struct name_table *table, struct arena *arena, uint32_t count);
/* The value's place: new (value 0) where make is set, else NULL where there is none. */
uint32_t *name_table_at(struct name_table *table, struct str key, bool make);

struct word_use { /* how often one word form stands where its case means something */
    uint32_t large, small;
};

enum name_flag {
    NAME_INITIAL =
        1,         /* begins a sentence, a quote or a heading: its capital says little */
    NAME_TIME = 2, /* in a time expression */
    NAME_HEADLINE = 4, /* in a sentence where all words are capitalised */
    NAME_TITLE = 8,    /* in a title */
    NAME_CLAIMED = 16, /* in a spot that stands */
    NAME_BARRED = 32   /* in a phrase that is no entity */
};

struct spot {
    uint32_t first, end; /* tokens */
    uint32_t sentence;
    uint8_t type;     /* decided by list or head word; ENTITY_NONE: a run */
    bool state, weak; /* as in gazetteer_entry */
    bool dropped;
    bool town;      /* as in gazetteer_entry */
    bool club;      /* a place that stands for its club */
    bool quoted;    /* stands alone between quotation marks */
    bool initials;  /* said to be somebody's */
    float base[5];  /* of a run, by type: points for what it is made of */
    float score[5]; /* and for where it stands */
    float confidence;
    struct str country, full, key; /* key: lower case, words joined by single spaces */
    uint32_t same; /* 1 + index of a spot it is the short form of; 0 none */
    const char *rule;
};

struct names {
    struct doc *doc;
    struct gazetteer gazetteer;
    enum { SPORT_OPEN, SPORT_YES, SPORT_NO } sport; /* asked for once: names_sport */
    uint8_t *flag;                                  /* enum name_flag by token */
    struct name_table words;                        /* lower form → 1 + index in use */
    struct word_use *use;
    struct {
        struct spot *item;
        uint32_t count, cap;
    } spots;
};

/* spot.c: a new spot of tokens [first, end). */
struct spot *names_spot(struct names *names, uint32_t first, uint32_t end,
                        const char *rule);
/* The token's mark; none behind the last token. */
uint8_t names_mark(const struct names *names, uint32_t at);
/* judge.c: the text is a report on sports. */
bool names_sport(struct names *names);
/* headline.c: the sentence is one; the token behind its dateline ("Jakarta, CNBC
 * Indonesia
 * -"), or its first one. */
bool names_headline(struct names *names, const struct sentence *sentence);
uint32_t names_dateline_end(struct names *names, uint32_t sentence);
/* scan.c */
void names_scan(struct names *names, uint32_t sentence);
/* ordinary.c: the word is an ordinary one, as far as lists, morphology and this text
 * know; plain: not by slight affixes only, which a name may seem to have. */
bool names_common(struct names *names, uint32_t token);
bool names_plain(struct names *names, uint32_t token);
/* It stands in small letters where its case means something. */
bool names_used_small(struct names *names, uint32_t token);
/* A verb stands at token, whose subject may stand before it. */
bool names_acts(struct names *names, uint32_t token, uint32_t limit);
/* A known name of one word that begins a sentence and may be an ordinary word there. */
bool names_doubtful(struct names *names, const struct spot *spot);
/* weigh.c: an ordinary English word. */
bool names_english(const struct names *names, uint32_t token);
/* span.c: where a name ends that begins with a head word or is a run; 0: none. due: a
 * title stands before, so a person's name may follow on. */
uint32_t names_org_end(struct names *names, uint32_t at, uint32_t limit, bool due);
uint32_t names_loc_end(struct names *names, uint32_t at, uint32_t limit,
                       uint8_t *type_out, struct str *country_out);
uint32_t names_run_end(struct names *names, uint32_t at, uint32_t limit, bool due);
bool names_large(const struct names *names, uint32_t at, uint32_t limit);
bool names_in_list(const struct names *names, const struct wordlist *list, uint32_t at);
/* The word has this value in list namelink. */
bool names_link_is(const struct names *names, uint32_t at, const char *word);
/* A known name; its tokens. */
bool names_known_at(const struct names *names, uint32_t at, uint32_t limit,
                    struct gazetteer_entry *entry, uint32_t *count_out);
/* The stop of a short form inside a name. */
bool names_dotted(const struct names *names, uint32_t at, uint32_t limit);
/* A title written large that is not somebody's name as well. */
bool names_title_at(const struct names *names, uint32_t at, uint32_t limit);
/* Where a run ends that goes on with a state's name, if its initials stand behind it in
 * brackets: "Real Estate Indonesia (REI)"; else 0. */
uint32_t names_spelt_end(const struct names *names, uint32_t first, uint32_t end,
                         uint32_t limit);
/* Behind the form of a company at `at`, as "(Persero) Tbk"; `at`: none. */
uint32_t names_form_end(const struct names *names, uint32_t at, uint32_t limit);
/* The word is a given name or a surname. */
bool names_given(const struct names *names, uint32_t at);
/* Behind the words at `at` that go on with an organisation as its branch; `at`: none. */
uint32_t names_branch_end(struct names *names, uint32_t at, uint32_t limit);
/* The run's last word or two are in list orgtail; and the type that this value tells. */
bool names_tail_at(const struct names *names, uint32_t first, uint32_t end,
                   struct str *value_out);
uint8_t names_tail_type(struct str value);
/* Behind the words at `at`, after a place, that make an English name of it ("New York
 * POST"), whose type they tell; `at`: none. */
uint32_t names_tail_end(struct names *names, uint32_t at, uint32_t limit,
                        uint8_t *type_out);

/* weigh.c: due: a title stands before the run. */
void names_weigh(struct names *names, struct spot *spot, bool due);
/* tagged.c: adds what the model says, where there is one. */
void names_weigh_tags(const struct names *names, struct spot *spot);
/* Spots for what only the model takes for a name; after names_judge. */
void names_add_tagged(struct names *names);
/* judge.c, recall.c */
void names_judge(struct names *names);
void names_recall(struct names *names);

/* entity.c: doc.mentions and doc.entities from the spots that stand. */
void names_join(struct names *names);

/* spot.c: lower-case words of tokens [first, end), joined by single spaces; in the arena
 * where it is more than one. */
struct str names_key(const struct names *names, uint32_t first, uint32_t end);

#endif
