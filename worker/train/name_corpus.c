#include "worker/train/name_corpus.h"

#include "proto/base/file.h"
#include "proto/base/map.h"
#include "proto/base/utf8.h"

#include <ctype.h>

void name_corpus_init(struct name_corpus *corpus, struct arena *arena,
                      const struct lang *lang)
{
    *corpus = (struct name_corpus){.arena = arena, .looks = map_new()};
    corpus->doc.arena = arena;
    corpus->doc.lang = lang;
}

void name_corpus_fini(struct name_corpus *corpus)
{
    map_free(&corpus->held_out);
    map_free(&corpus->looks);
}

/* Letters and digits of tokens [first, end), in the arena. */
static struct str letters_of(const struct name_corpus *corpus, uint32_t first,
                             uint32_t end)
{
    const struct token *token = corpus->doc.tokens.item;
    size_t len = 0;
    for (uint32_t i = first; i < end; i++)
        len += token[i].lower.len;
    char *out = arena_alloc(corpus->arena, len + 1);
    len = 0;
    for (uint32_t i = first; i < end; i++)
        for (size_t k = 0; k < token[i].lower.len; k++)
            if (isalnum((unsigned char)token[i].lower.ptr[k]))
                out[len++] = token[i].lower.ptr[k];
    return str_make(out, len);
}

void name_corpus_hold_out(struct name_corpus *corpus, const struct name_corpus *other)
{
    if (corpus->held_out == NULL)
        corpus->held_out = map_new();
    for (uint32_t i = 0; i < other->count; i++)
        map_put(corpus->held_out,
                letters_of(other, other->item[i].first, other->item[i].end), 1);
}

static uint32_t class_of(struct str label)
{
    static const struct {
        const char *label;
        uint32_t class;
    } classes[] = {
        {"PER", NAME_CLASS_PER},          {"PERSON", NAME_CLASS_PER},
        {"PPL", NAME_CLASS_PER},          {"ORG", NAME_CLASS_ORG},
        {"ORGANISATION", NAME_CLASS_ORG}, {"ORGANIZATION", NAME_CLASS_ORG},
        {"LOC", NAME_CLASS_LOC},          {"LOCATION", NAME_CLASS_LOC},
        {"PLACE", NAME_CLASS_LOC},        {"PLC", NAME_CLASS_LOC},
    };
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (str_is(label, classes[i].label))
            return classes[i].class;
    return NAME_CLASS_NONE;
}

/* An I without a B or I of its class before it begins a name. */
static bool tag_of(struct str label, uint8_t before, uint8_t *tag_out)
{
    *tag_out = NAME_O;
    if (str_is(label, "O"))
        return true;
    if (label.len < 3 || label.ptr[1] != '-' ||
        (label.ptr[0] != 'B' && label.ptr[0] != 'I'))
        return false;
    uint32_t class = class_of(str_from(label, 2));
    if (class == NAME_CLASS_NONE)
        return true;
    bool on = label.ptr[0] == 'I' && (before == NAME_B(class) || before == NAME_I(class));
    *tag_out = (uint8_t)(on ? NAME_I(class) : NAME_B(class));
    return true;
}

static uint8_t mark_of(struct str form)
{
    static const struct {
        const char *form;
        uint8_t mark;
    } marks[] = {{",", MARK_COMMA},        {".", MARK_STOP},          {":", MARK_COLON},
                 {"(", MARK_BRACKET_OPEN}, {")", MARK_BRACKET_CLOSE}, {"-", MARK_DASH}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (str_is(form, marks[i].form))
            return marks[i].mark;
    return MARK_OTHER;
}

/* Kind and shape as the text stage gives them. */
static void set_looks(struct token *token)
{
    static const uint8_t shapes[] = {[FEATURE_LOWER] = SHAPE_LOWER,
                                     [FEATURE_CAPITAL] = SHAPE_CAPITAL,
                                     [FEATURE_UPPER] = SHAPE_UPPER,
                                     [FEATURE_MIXED] = SHAPE_MIXED,
                                     [FEATURE_DIGITS] = SHAPE_MIXED};
    struct feature_word word;
    feature_word(&word, token->text, token->lower);
    uint32_t look = word.shape & (FEATURE_HYPHEN - 1u);
    token->kind = look == FEATURE_NUMBER ? TOKEN_NUMBER
                  : look == FEATURE_SIGN ? TOKEN_PUNCT
                                         : TOKEN_WORD;
    if (token->kind == TOKEN_WORD)
        token->shape = shapes[look];
    else if (token->kind == TOKEN_PUNCT)
        token->mark = mark_of(token->text);
}

static void add_token(struct name_corpus *corpus, struct str form, uint32_t sentence)
{
    char *lower = arena_alloc(corpus->arena, form.len * 2 + 4);
    struct token *token = ARENA_PUSH(corpus->arena, &corpus->doc.tokens);
    *token = (struct token){.text = arena_str(corpus->arena, form),
                            .sentence = sentence,
                            .space_before = true};
    token->lower = str_make(lower, utf8_lower_str(form, lower));
    token->word =
        lexicon_word(corpus->doc.lang ? corpus->doc.lang->lexicon : NULL, token->lower);
    set_looks(token);
}

struct tags {
    uint8_t *item;
    uint32_t count, cap;
};

struct origins {
    uint32_t *item;
    uint32_t count, cap;
};

/* Brackets that touch a word are words of their own, as the text stage has them. */
static void add_word(struct name_corpus *corpus, struct str form, uint8_t tag,
                     struct tags *tags, struct origins *origins, uint32_t origin)
{
    uint32_t sentence = corpus->doc.sentences.count;
    size_t at = 0, end = form.len;
    bool inside = tag != NAME_O && tag % 2 == 0;
    if (end > 1 && form.ptr[0] == '(')
        at = 1;
    if (end - at > 1 && form.ptr[end - 1] == ')')
        end--;
    for (int piece = 0; piece < 3; piece++) {
        struct str part = piece == 0   ? str_slice(form, 0, at)
                          : piece == 1 ? str_slice(form, at, end)
                                       : str_from(form, end);
        if (part.len == 0)
            continue;
        add_token(corpus, part, sentence);
        bool own = piece == 1 || (inside && (piece == 0 || at == 1));
        *ARENA_PUSH(corpus->arena, tags) = own ? tag : (uint8_t)NAME_O;
        *ARENA_PUSH(corpus->arena, origins) = origin;
    }
}

#define LOOK_BITS 20 /* of each count: small, capital, upper */
#define LOOK_MASK ((UINT64_C(1) << LOOK_BITS) - 1)

static void count_looks(struct name_corpus *corpus, uint32_t first, uint32_t end)
{
    for (uint32_t i = first + 1; i < end; i++) {
        const struct token *token = &corpus->doc.tokens.item[i];
        uint64_t counts = 0;
        if (token->kind != TOKEN_WORD)
            continue;
        map_get(corpus->looks, token->lower, &counts);
        unsigned at = token->shape == SHAPE_LOWER   ? 0
                      : token->shape == SHAPE_UPPER ? 2
                                                    : 1;
        map_put(corpus->looks, token->lower, counts + (UINT64_C(1) << at * LOOK_BITS));
    }
}

/* How the word is mostly written. */
static uint8_t usual_look(const struct name_corpus *corpus, struct str lower)
{
    uint64_t counts = 0;
    map_get(corpus->looks, lower, &counts);
    uint64_t small = counts & LOOK_MASK, capital = counts >> LOOK_BITS & LOOK_MASK,
             upper = counts >> 2 * LOOK_BITS;
    if (small + capital + upper == 0)
        return SHAPE_NONE;
    if (small >= capital + upper)
        return SHAPE_LOWER;
    return capital >= upper ? SHAPE_CAPITAL : SHAPE_UPPER;
}

static void set_capitals(struct name_corpus *corpus, struct token *token, bool all)
{
    char *text = arena_alloc(corpus->arena, token->lower.len);
    memcpy(text, token->lower.ptr, token->lower.len);
    for (size_t k = 0; k < token->lower.len; k++)
        if (text[k] >= 'a' && text[k] <= 'z' && (k == 0 || all))
            text[k] = (char)(text[k] - 'a' + 'A');
    token->text = str_make(text, token->lower.len);
    set_looks(token);
}

/* Capitals as they were, near enough; what else gets one may be an organisation. */
static void restore_case(struct name_corpus *corpus, uint32_t first, uint32_t end,
                         uint8_t *tag)
{
    for (uint32_t i = first; i < end; i++) {
        struct token *token = &corpus->doc.tokens.item[i];
        char letter = token->lower.ptr[0];
        if (token->kind != TOKEN_WORD || letter < 'a' || letter > 'z')
            continue;
        uint8_t look = usual_look(corpus, token->lower);
        bool large = look >= SHAPE_CAPITAL;
        if (large && tag[i - first] == NAME_O)
            tag[i - first] = NAME_OPEN;
        if (large || i == first || tag[i - first] != NAME_O)
            set_capitals(corpus, token, look == SHAPE_UPPER);
    }
}

static void end_sentence(struct name_corpus *corpus, struct tags *tags,
                         struct origins *origins, const struct name_source *source)
{
    uint32_t end = corpus->doc.tokens.count, first = end - tags->count;
    if (tags->count == 0)
        return;
    if (corpus->held_out &&
        map_get(corpus->held_out, letters_of(corpus, first, end), NULL)) {
        corpus->doc.tokens.count = first;
    } else {
        if (source->small)
            restore_case(corpus, first, end, tags->item);
        else
            count_looks(corpus, first, end);
        *ARENA_PUSH(corpus->arena, &corpus->doc.sentences) =
            (struct sentence){.first = first, .end = end};
        *ARENA_PUSH(corpus->arena, corpus) =
            (struct name_sample){.first = first,
                                 .end = end,
                                 .tag = tags->item,
                                 .origin = origins->item,
                                 .source = source->number,
                                 .amount = source->amount};
    }
    *tags = (struct tags){0};
    *origins = (struct origins){0};
}

int name_corpus_parse(struct name_corpus *corpus, struct str text, const char *name,
                      const struct name_source *source, struct err *err)
{
    struct tags tags = {0};
    struct origins origins = {0};
    struct str line;
    uint32_t number = 0;
    uint8_t raw = NAME_O; /* tag of the word before */
    while (str_split(&text, '\n', &line)) {
        number++;
        line = str_trim(line);
        if (line.len == 0) {
            raw = NAME_O;
            end_sentence(corpus, &tags, &origins, source);
            continue;
        }
        size_t form = 0, last = line.len;
        while (form < line.len && line.ptr[form] != ' ' && line.ptr[form] != '\t')
            form++;
        while (last > 0 && line.ptr[last - 1] != ' ' && line.ptr[last - 1] != '\t')
            last--;
        uint8_t tag;
        if (form == line.len || !tag_of(str_from(line, last), raw, &tag))
            return err_set(err, ERR_FORMAT, "%s:%u: no word and tag", name, number);
        raw = tag;
        add_word(corpus, str_slice(line, 0, form), tag, &tags, &origins, number);
    }
    end_sentence(corpus, &tags, &origins, source);
    return 0;
}

int name_corpus_read(struct name_corpus *corpus, const char *path,
                     const struct name_source *source, struct err *err)
{
    struct buf bytes = {0};
    int result = file_read(path, NAME_CORPUS_BYTES, &bytes, err);
    if (result == 0)
        result = name_corpus_parse(corpus, buf_str(&bytes), path, source, err);
    buf_fini(&bytes);
    return result;
}
