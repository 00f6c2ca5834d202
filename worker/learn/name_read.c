/* Names of a document, stretch by stretch as somebody asks: name.h. */

#include "worker/learn/name.h"

#include <assert.h>

#define MARGIN_UNIT 4 /* of scores, one step of token.name_margin */

/* What a document keeps for its names, in its arena. */
struct name_set {
    const struct name_tagger *tagger;
    struct name_room room; /* of NAME_TOKENS_MOST */
};

void name_begin(const struct name_tagger *tagger, struct doc *doc)
{
    const size_t most = NAME_TOKENS_MOST;
    if (doc->lang == NULL)
        return;
    doc->names = arena_alloc(doc->arena, sizeof *doc->names);
    *doc->names = (struct name_set){
        .tagger = tagger,
        .room = {.word = arena_alloc(doc->arena,
                                     (most + 2 * NAME_MARGIN) * sizeof(struct name_word)),
                 .scores = arena_alloc(doc->arena, most * NAME_LABELS * sizeof(int32_t)),
                 .decode =
                     arena_alloc(doc->arena, most * 2 * NAME_TAGS * sizeof(int32_t)),
                 .margin = arena_alloc(doc->arena, most * sizeof(int32_t)),
                 .tag = arena_alloc(doc->arena, most)}};
    doc->names->room.word += NAME_MARGIN;
}

static void set_name(struct token *token, uint8_t tag, int32_t margin)
{
    token->name = (uint8_t)(1 + tag);
    token->name_margin =
        (uint8_t)(margin / MARGIN_UNIT > UINT8_MAX ? UINT8_MAX : margin / MARGIN_UNIT);
}

/* The piece of the sentence that has the token. */
static struct name_stretch piece_of(const struct sentence *sentence, uint32_t at)
{
    uint32_t from = at - (at - sentence->first) % NAME_TOKENS_MOST;
    uint32_t left = sentence->end - from;
    return (struct name_stretch){
        .from = from,
        .limit = from + (left < NAME_TOKENS_MOST ? left : NAME_TOKENS_MOST)};
}

static void read_at(struct name_set *set, struct doc *doc, uint32_t at)
{
    struct token *token = doc->tokens.item;
    const struct sentence *sentence = &doc->sentences.item[token[at].sentence];
    struct name_stretch stretch = piece_of(sentence, at);
    if (sentence->drop != DROP_NOT)
        return;
    if (!name_stretch_at(doc, at, &stretch)) {
        set_name(&token[at], NAME_O, INT32_MAX);
        return;
    }
    doc_check(doc);
    name_tag(set->tagger, doc, &stretch, &set->room);
    for (uint32_t i = stretch.first; i < stretch.end; i++)
        set_name(&token[i], set->room.tag[i - stretch.first],
                 set->room.margin[i - stretch.first]);
}

const struct token *name_token(struct doc *doc, uint32_t at)
{
    assert(at < doc->tokens.count);
    if (doc->names && doc->tokens.item[at].name == 0)
        read_at(doc->names, doc, at);
    return &doc->tokens.item[at];
}
