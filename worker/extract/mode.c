#include "worker/extract/mode.h"

/* Tokens between a denial and what it denies: "tidak sampai menerima 100 orang". */
#define DENIAL_MOST 5

#define MODE_NONE ((struct mode){FACT_ASSERTED, SPAN_NONE})

static const char *const mode_names[] = {
    [FACT_ASSERTED] = "none",     [FACT_PLANNED] = "planned",
    [FACT_POSSIBLE] = "possible", [FACT_CONDITIONAL] = "conditional",
    [FACT_DENIED] = "denied",
};

static int mode_value(struct str value)
{
    for (int i = FACT_ASSERTED; i <= FACT_DENIED; i++)
        if (str_is(value, mode_names[i]))
            return i;
    return FACT_ASSERTED;
}

int mode_of_word(const struct doc *doc, struct str lower)
{
    struct str value = STR_NONE;
    const struct wordlist *list = lexicon_list(doc->lang->lexicon, "mode");
    return wordlist_get(list, lower, &value) ? mode_value(value) : FACT_ASSERTED;
}

void mode_init(struct modes *modes, const struct clause *clause)
{
    const struct doc *doc = clause->doc;
    const struct wordlist *list = lexicon_list(doc->lang->lexicon, "mode");
    modes->clause = clause;
    modes->mode = arena_zero(doc->arena, doc->tokens.count + (size_t)1, 1);
    for (uint32_t s = 0; s < doc->sentences.count; s++) {
        const struct sentence *sentence = &doc->sentences.item[s];
        for (uint32_t i = sentence->first; i < sentence->end;) {
            struct str value = STR_NONE;
            uint32_t count = doc_match(doc, list, i, sentence->end, &value);
            if (count)
                modes->mode[i] = (uint8_t)mode_value(value);
            i += count ? count : 1;
        }
    }
}

static bool ends_clause(const struct clause *c, uint32_t at)
{
    return clause_mark(c, at) == MARK_STOP || clause_is(c, at, IS_HARD);
}

/* The cue is a name, or part of a number or time. */
static bool is_cue(const struct modes *modes, uint32_t at)
{
    const struct token *token = &modes->clause->doc->tokens.item[at];
    return modes->mode[at] != FACT_ASSERTED && token->found == 0 && token->mention == 0;
}

static struct mode mode_at(const struct modes *modes, uint32_t at)
{
    return (struct mode){modes->mode[at], modes->clause->doc->tokens.item[at].span};
}

/* Cues before reach over commas and "and" as long as the same predicate goes on. */
static struct mode read_before(const struct modes *modes, uint32_t first, uint32_t from)
{
    const struct clause *c = modes->clause;
    struct mode best = MODE_NONE;
    bool predicate = false, apart = false;
    for (uint32_t i = first; i > from; i--) {
        uint32_t at = i - 1;
        bool joint =
            clause_mark(c, at) == MARK_COMMA || clause_is(c, at, IS_CONJ | IS_WHILE);
        if (ends_clause(c, at) || clause_is(c, at, IS_REL) || (joint && predicate))
            break;
        bool far = modes->mode[at] == FACT_DENIED && (apart || first - at > DENIAL_MOST);
        if (is_cue(modes, at) && modes->mode[at] > best.is && !far)
            best = mode_at(modes, at);
        if (clause_is(c, at, IS_SUB))
            break;
        apart |= clause_is(c, at, IS_PREP) || joint;
        predicate |= clause_is(c, at, IS_VERB) && !clause_named(c, at);
        predicate |= clause_is(c, at, IS_AUX) && !clause_is(c, at, IS_ADV | IS_NOT) &&
                     modes->mode[at] == FACT_ASSERTED;
    }
    return best;
}

/* Cues behind reach to the first verb, and into a relative clause that hangs on it. */
static struct mode read_behind(const struct modes *modes, uint32_t end, uint32_t to)
{
    const struct clause *c = modes->clause;
    struct mode best = MODE_NONE;
    bool relative = end < to && clause_is(c, end, IS_REL);
    for (uint32_t i = end; i < to; i++) {
        if (ends_clause(c, i) || clause_mark(c, i) == MARK_COMMA ||
            clause_mark(c, i) == MARK_DASH || clause_is(c, i, IS_SUB | IS_CONJ) ||
            (clause_is(c, i, IS_REL) && i > end))
            break;
        /* "16 persen tidak tahu", "tiga orang yang bisa ikut": the number itself is real
         */
        if (is_cue(modes, i) && modes->mode[i] > best.is &&
            modes->mode[i] != FACT_DENIED &&
            (!relative || modes->mode[i] == FACT_PLANNED))
            best = mode_at(modes, i);
        if (clause_is(c, i, IS_VERB) && !clause_named(c, i)) {
            /* "100 rumah yang akan dibangun", but "100 orang yang akan pergi" are there
             */
            best = relative && clause_is(c, i, IS_ACTIVE) ? MODE_NONE : best;
            break;
        }
    }
    return best;
}

static bool parts(const struct clause *c, uint32_t at)
{
    return ends_clause(c, at) || clause_mark(c, at) == MARK_DASH;
}

/* A condition anywhere before makes the main clause conditional; one behind only what is
 * not plainly asserted. */
static uint32_t find_condition(const struct modes *modes, uint32_t first, uint32_t from,
                               uint32_t to, bool unreal)
{
    const struct clause *c = modes->clause;
    for (uint32_t i = first; i > from && !parts(c, i - 1); i--)
        if (modes->mode[i - 1] == FACT_CONDITIONAL)
            return i - 1;
    for (uint32_t i = first; unreal && i < to && !parts(c, i); i++)
        if (modes->mode[i] == FACT_CONDITIONAL)
            return i;
    return DOC_NONE;
}

struct mode mode_read(const struct modes *modes, uint32_t first, uint32_t end,
                      uint32_t from, uint32_t to)
{
    struct mode before = read_before(modes, first, from);
    struct mode behind = read_behind(modes, end, to);
    struct mode best = before.is > behind.is ? before : behind;
    if (best.is >= FACT_CONDITIONAL)
        return best;
    uint32_t at = find_condition(modes, first, from, to, best.is != FACT_ASSERTED);
    return at == DOC_NONE ? best : mode_at(modes, at);
}

void mode_set(struct fact *fact, struct mode mode)
{
    if (mode.is <= fact->modality)
        return;
    fact->modality = mode.is;
    fact->mode_cue = mode.cue;
}
