#include "worker/extract/plover.h"

static const char *const type_names[] = {
    [FACT_AGREE] = "AGREE",       [FACT_CONSULT] = "CONSULT",
    [FACT_SUPPORT] = "SUPPORT",   [FACT_COOPERATE] = "COOPERATE",
    [FACT_AID] = "AID",           [FACT_CONCEDE] = "CONCEDE",
    [FACT_RETREAT] = "RETREAT",   [FACT_REQUEST] = "REQUEST",
    [FACT_ACCUSE] = "ACCUSE",     [FACT_REJECT] = "REJECT",
    [FACT_THREATEN] = "THREATEN", [FACT_PROTEST] = "PROTEST",
    [FACT_SANCTION] = "SANCTION", [FACT_MOBILIZE] = "MOBILIZE",
    [FACT_COERCE] = "COERCE",     [FACT_ASSAULT] = "ASSAULT",
};

static const struct flag_name {
    const char *name;
    uint32_t flag;
} flag_names[] = {
    {"obj", PLOVER_OBJ},         {"self", PLOVER_SELF},     {"undergo", PLOVER_UNDERGO},
    {"recip", PLOVER_RECIP},     {"bare", PLOVER_BARE},     {"noun", PLOVER_NOUN},
    {"verb", PLOVER_VERB},       {"one", PLOVER_ONE},       {"doer", PLOVER_DOER},
    {"done", PLOVER_DONE},       {"actor", PLOVER_ACTOR},   {"target", PLOVER_TARGET},
    {"pair", PLOVER_PAIR},       {"victim", PLOVER_VICTIM}, {"to", PLOVER_TO},
    {"at", PLOVER_AT},           {"person", PLOVER_PERSON}, {"from", PLOVER_FROM},
    {"violent", PLOVER_VIOLENT}, {"game", PLOVER_GAME},     {"any", PLOVER_ANY},
    {"low", PLOVER_LOW},         {"whole", PLOVER_WHOLE},   {"sides", PLOVER_SIDES},
    {"attack", PLOVER_ATTACK},   {"body", PLOVER_BODY},
};

void plover_open(struct plover_lists *lists, struct doc *doc)
{
    const struct wordlist *affix = lexicon_list(doc->lang->lexicon, "eventaffix");
    size_t count = wordlist_count(affix);
    lists->plover = lexicon_list(doc->lang->lexicon, "plover");
    lists->affix = arena_alloc(doc->arena, (count + 1) * sizeof *lists->affix);
    lists->affixes = count;
    for (size_t i = 0; i < count; i++) { /* the list is short: in by insertion */
        struct plover_affix next;
        size_t at = i;
        wordlist_at(affix, i, &next.form, &next.value);
        for (; at > 0 && lists->affix[at - 1].form.len < next.form.len; at--)
            lists->affix[at] = lists->affix[at - 1];
        lists->affix[at] = next;
    }
}

static int read_type(struct str name)
{
    for (int i = FACT_AGREE; i <= FACT_ASSAULT; i++)
        if (str_is(name, type_names[i]))
            return i;
    return FACT_PLOVER_NONE;
}

static uint32_t read_flag(struct str name)
{
    for (size_t i = 0; i < sizeof flag_names / sizeof flag_names[0]; i++)
        if (str_is(name, flag_names[i].name))
            return flag_names[i].flag;
    return 0;
}

bool plover_next(struct str *readings, struct plover *out)
{
    struct str word;
    *out = (struct plover){0};
    while (str_split(readings, ' ', &word)) {
        if (str_is(word, "|"))
            return true;
        if (out->type == FACT_PLOVER_NONE && out->flag == 0 &&
            (out->type = read_type(word)) != FACT_PLOVER_NONE)
            continue;
        if (str_starts(word, STR("of:")))
            out->of = str_from(word, 3);
        else if (str_starts(word, STR("with:")))
            out->with = str_from(word, 5);
        else
            out->flag |= read_flag(word);
    }
    return out->type != FACT_PLOVER_NONE;
}

/* What list eventaffix says of the form's beginning: the longest that fits. */
static struct str affix_of(const struct plover_lists *lists, struct str form)
{
    for (size_t i = 0; i < lists->affixes; i++)
        if (str_starts(form, lists->affix[i].form))
            return lists->affix[i].value;
    return STR_NONE;
}

/* A nominalisation: whose it is; false where it names who does it, or with what. */
static bool read_nominal(struct str affix, struct plover_word *out)
{
    struct str role, ending, form = out->lemma;
    if (!str_split(&affix, ' ', &role))
        return true;
    if (str_split(&affix, ' ', &ending) && ending.len && ending.ptr[0] == '-' &&
        !str_ends(form, str_from(ending, 1)))
        return false;
    out->owner_done = str_is(role, "done");
    return true;
}

/* Flags that say what the form is, whatever morphology says. */
static void read_form_flags(struct doc *doc, struct str value, struct plover_word *out)
{
    struct str word;
    while (str_split(&value, ' ', &word) && !str_is(word, "|")) {
        if (word.len == 2 && word.ptr[0] == 'v' && strchr("apmn", word.ptr[1])) {
            out->form = word.ptr[1];
            out->bare = false;
        } else if (word.len > 1 && word.ptr[0] == '=') {
            struct str lemma = arena_str(doc->arena, str_from(word, 1));
            char *bytes = (char *)lemma.ptr;
            for (size_t i = 0; i < lemma.len; i++)
                if (bytes[i] == '_')
                    bytes[i] = ' ';
            out->lemma = lemma;
        }
    }
}

/* What morphology says of the form. */
static void read_form(const struct plover_lists *lists, struct doc *doc, uint32_t at,
                      struct plover_word *out)
{
    struct str form = doc->tokens.item[at].lower;
    struct lang_word word = {.lemma = form, .path = doc->tokens.item[at].word};
    if (doc->lang->analyse)
        word = *doc_analyse(doc, at);
    struct str stem =
        str_make(form.ptr, form.len - (word.clitic.len < form.len ? word.clitic.len : 0));
    out->lemma = word.lemma;
    out->path = word.path;
    if (word.noun) {
        struct plover_word nominal = {.lemma = stem};
        out->form = read_nominal(affix_of(lists, stem), &nominal) ? FORM_NOMINAL : 0;
        out->owner_done = nominal.owner_done;
    } else if (word.voice == FORM_PASSIVE) {
        struct str affix = affix_of(lists, stem);
        out->form = str_is(affix, "passive") ? FORM_PASSIVE
                    : str_is(affix, "state") ? FORM_STATE
                                             : FORM_ROOT;
        out->bare = out->form == FORM_ROOT; /* "hancurkan" */
    } else if (word.voice) {
        out->form = word.voice;
    } else {
        out->form = str_eq(word.lemma, form) ? FORM_ROOT
                    : word.clitic.len        ? FORM_NOMINAL
                                             : 0;
        out->bare = true;
    }
}

/* The word gets the entry's readings, if its form is one the entry is about. */
static bool settle(struct doc *doc, struct str value, bool by_root,
                   struct plover_word *out)
{
    struct str rest = value;
    struct plover reading;
    if (!plover_next(&rest, &reading))
        return false;
    bool root = out->form == FORM_ROOT, derived = out->form && !root;
    read_form_flags(doc, value, out);
    if (by_root && out->form == FORM_NOMINAL && (reading.flag & PLOVER_VERB))
        return false;
    if (root && out->form == FORM_ROOT) {
        if (reading.flag & PLOVER_NOUN)
            out->form = FORM_NOMINAL;
        out->fronted = !(reading.flag & PLOVER_BARE);
    }
    if (out->form == 0 && !derived)
        out->form = reading.flag & PLOVER_NOUN ? FORM_NOMINAL : 0;
    out->bare = ((reading.flag & PLOVER_BARE) && !derived && out->form != FORM_NOMINAL) ||
                (out->fronted && out->form == FORM_ROOT);
    if (reading.flag & (PLOVER_DOER | PLOVER_DONE))
        out->owner_done = (reading.flag & PLOVER_DONE) != 0;
    out->readings = value;
    return out->form != 0;
}

static bool is_verb(const struct plover_word *word)
{
    return word->form && word->form != FORM_NOMINAL && word->form != FORM_ROOT;
}

/* The words of a phrase, in small letters. */
static struct str phrase_of(struct doc *doc, uint32_t first, uint32_t end)
{
    struct str phrase = doc->tokens.item[first].lower;
    for (uint32_t i = first + 1; i < end; i++)
        phrase = arena_printf(doc->arena, "%.*s %.*s", STR_ARG(phrase),
                              STR_ARG(doc->tokens.item[i].lower));
    return phrase;
}

static uint32_t stem_entry(const struct plover_lists *lists, struct doc *doc, uint32_t at,
                           struct str *value_out)
{
    struct str form = doc->tokens.item[at].lower;
    size_t clitic = doc->lang->analyse ? doc_analyse(doc, at)->clitic.len : 0;
    if (clitic == 0 || clitic >= form.len)
        return 0;
    return wordlist_get(lists->plover, str_make(form.ptr, form.len - clitic), value_out);
}

bool plover_read(const struct plover_lists *lists, struct doc *doc, uint32_t at,
                 uint32_t limit, struct plover_word *out)
{
    struct str value = STR_NONE;
    *out = (struct plover_word){.first = at, .end = at + 1, .behind = at + 1};
    uint32_t count = doc_match(doc, lists->plover, at, limit, &value);
    read_form(lists, doc, at, out);
    if (count > 1) {
        struct str rest = value;
        struct plover reading;
        bool report = plover_next(&rest, &reading);
        out->behind = at + count;
        out->end = report && (reading.flag & PLOVER_ONE) ? at + 1 : at + count;
        if (report) {
            if (out->end > at + 1)
                out->lemma = phrase_of(doc, at, out->end);
            return settle(doc, value, false, out);
        }
        if (!is_verb(out))
            out->form = 0;
        return true;
    }
    if (count == 0) /* "pertemuannya": the form without its enclitic */
        count = stem_entry(lists, doc, at, &value);
    if (count == 1)
        return settle(doc, value, false, out) || is_verb(out);
    return (out->form && wordlist_take(lists->plover, out->path, out->lemma, &value) &&
            settle(doc, value, true, out)) ||
           is_verb(out);
}
