#include "worker/train/legacy_split.h"

#include "proto/base/map.h"
#include "worker/learn/label.h"

#include <assert.h>

#define STEM_LEAST 3 /* bytes */

struct enclitic {
    const char *text;
    uint8_t upos;
};

static const struct enclitic enclitics[] = {
    {"nya", UPOS_PRON}, {"ku", UPOS_PRON},  {"mu", UPOS_PRON},
    {"lah", UPOS_PART}, {"kah", UPOS_PART}, {"pun", UPOS_PART},
};

struct splitter {
    struct map *stem;  /* words of today's treebanks and of the old one */
    struct map *whole; /* words that today's treebanks leave whole */
    struct arena *arena;
};

/* What becomes of one old word. */
struct piece {
    struct str form;
    const struct enclitic *enclitic; /* comes off; or NULL */
    bool gone; /* put together with an earlier one */
    uint32_t at; /* of its (first) word in the new sentence */
};

static void learn_words(struct splitter *s, const struct conllu *treebank, bool modern)
{
    for (uint32_t i = 0; i < treebank->count; i++) {
        const struct conllu_sentence *sentence = &treebank->item[i];
        for (uint32_t j = 0; j < sentence->count; j++) {
            const struct conllu_word *w = &sentence->word[j];
            if (w->upos != UPOS_PROPN)
                map_put(s->stem, w->lower, 1);
            if (modern)
                map_put(s->whole, w->lower, 1);
        }
    }
}

/* Whether a word of this class takes the enclitic. */
static bool takes(uint8_t upos, const struct enclitic *enclitic)
{
    if (upos == UPOS_PROPN || upos == UPOS_PUNCT || upos == UPOS_SYM)
        return false;
    if (enclitic->upos == UPOS_PART)
        return upos != UPOS_NOUN && upos != UPOS_ADJ;
    if (enclitic->text[0] != 'n')
        return upos == UPOS_NOUN;
    return upos == UPOS_NOUN || upos == UPOS_VERB || upos == UPOS_ADJ ||
           upos == UPOS_NUM || upos == UPOS_ADP;
}

static void find_enclitic(const struct splitter *s, const struct conllu_word *w,
                          struct piece *out)
{
    if (map_get(s->whole, w->lower, NULL))
        return;
    for (size_t i = 0; i < sizeof enclitics / sizeof enclitics[0]; i++) {
        struct str clitic = str_of(enclitics[i].text), stem = w->lower;
        if (!str_ends(stem, clitic) || stem.len < clitic.len + STEM_LEAST ||
            w->form.len != w->lower.len || !takes(w->upos, &enclitics[i]))
            continue;
        stem.len -= clitic.len;
        bool known = map_get(s->stem, stem, NULL);
        if (!known && (enclitics[i].text[0] != 'n' || w->upos != UPOS_NOUN))
            continue;
        out->enclitic = &enclitics[i];
        return;
    }
}

/* "kota - kota": the old words are one now. */
static bool is_doubled(const struct conllu_sentence *s, uint32_t i)
{
    return i + 2 < s->count && str_is(s->word[i + 1].form, "-") &&
           s->word[i + 2].deprel == DEPREL_COMPOUND && s->word[i + 2].head == i &&
           s->word[i + 1].head == i && str_eq(s->word[i].lower, s->word[i + 2].lower);
}

static struct str join(struct arena *arena, struct str a, struct str b)
{
    return arena_printf(arena, "%.*s-%.*s", STR_ARG(a), STR_ARG(b));
}

static uint32_t plan(struct splitter *s, const struct conllu_sentence *old,
                     struct piece *piece)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < old->count; i++) {
        const struct conllu_word *w = &old->word[i];
        piece[i] = (struct piece){.form = w->form, .at = at++};
        if (is_doubled(old, i)) {
            piece[i].form = join(s->arena, w->form, old->word[i + 2].form);
            piece[i + 1] = piece[i + 2] = (struct piece){.gone = true, .at = at - 1};
            i += 2;
            continue;
        }
        find_enclitic(s, w, &piece[i]);
        at += piece[i].enclitic != NULL;
    }
    return at;
}

/* The enclitic's relation to its stem, from the stem's class and form. */
static uint8_t relate_enclitic(const struct conllu_word *stem,
                               const struct enclitic *enclitic)
{
    if (enclitic->upos == UPOS_PART)
        return DEPREL_ADVMOD_EMPH;
    if (stem->upos == UPOS_VERB)
        return str_starts(stem->lower, STR("di")) ? DEPREL_OBL_AGENT : DEPREL_OBJ;
    return stem->upos == UPOS_NOUN ? DEPREL_NMOD_POSS : DEPREL_DET;
}

static void write_word(struct splitter *s, const struct conllu_sentence *old, uint32_t i,
                       const struct piece *piece, struct conllu_sentence *out)
{
    struct conllu_word *stem = &out->word[piece[i].at];
    const struct conllu_word *w = &old->word[i];
    *stem = *w;
    stem->form = piece[i].form;
    stem->head = (uint16_t)(w->head == old->count ? out->count : piece[w->head].at);
    if (stem->form.len != w->form.len)
        stem->lower = join(s->arena, w->lower, w->lower);
    if (piece[i].enclitic == NULL)
        return;
    struct str clitic = str_of(piece[i].enclitic->text);
    struct conllu_word *end = stem + 1;
    stem->form.len -= clitic.len;
    stem->lower.len -= clitic.len;
    *end = (struct conllu_word){.form = str_from(w->form, stem->form.len),
                                .lower = str_from(w->lower, stem->lower.len),
                                .upos = piece[i].enclitic->upos,
                                .head = (uint16_t)piece[i].at,
                                .deprel = relate_enclitic(stem, piece[i].enclitic)};
    if (w->upos == UPOS_ADP && end->upos == UPOS_PRON) { /* untuk-nya: the case of it */
        end->head = stem->head;
        end->deprel = DEPREL_OBL;
        stem->head = (uint16_t)(piece[i].at + 1);
        stem->deprel = DEPREL_CASE;
    }
}

static void split_sentence(struct splitter *s, const struct conllu_sentence *old,
                           struct conllu *out)
{
    struct piece *piece = arena_zero(s->arena, old->count, sizeof *piece);
    struct conllu_sentence made = {.count = plan(s, old, piece)};
    assert(made.count <= 2 * old->count);
    made.word = arena_zero(s->arena, made.count, sizeof *made.word);
    made.range = arena_zero(s->arena, old->count, sizeof *made.range);
    for (uint32_t i = 0; i < old->count; i++) {
        if (piece[i].gone)
            continue;
        write_word(s, old, i, piece, &made);
        if (piece[i].enclitic)
            made.range[made.range_count++] = (struct conllu_range){
                old->word[i].form, piece[i].at, piece[i].at + 2};
    }
    *ARENA_PUSH(out->arena, out) = made;
}

void legacy_split(const struct conllu *old, const struct conllu *modern,
                  struct conllu *out)
{
    struct splitter s = {.stem = map_new(), .whole = map_new(), .arena = out->arena};
    learn_words(&s, modern, true);
    learn_words(&s, old, false);
    for (uint32_t i = 0; i < old->count; i++)
        split_sentence(&s, &old->item[i], out);
    map_free(&s.stem);
    map_free(&s.whole);
}
