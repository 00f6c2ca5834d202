#include "worker/text/token_private.h"

#include "proto/base/utf8.h"

/* A run of one punctuation character this long is one token: rules drawn with signs, and
 * floods. */
#define RUN_LEAST 4
/* Tokens per byte in running text are about one in six; room for one in five is taken at
 * once, so that growing is rare. */
#define TOKEN_BYTES 5

static const uint8_t ascii_class[128] = {
    ['\t'] = CHAR_SPACE, [' '] = CHAR_SPACE,  ['0'] = CHAR_DIGIT,  ['1'] = CHAR_DIGIT,
    ['2'] = CHAR_DIGIT,  ['3'] = CHAR_DIGIT,  ['4'] = CHAR_DIGIT,  ['5'] = CHAR_DIGIT,
    ['6'] = CHAR_DIGIT,  ['7'] = CHAR_DIGIT,  ['8'] = CHAR_DIGIT,  ['9'] = CHAR_DIGIT,
    ['A'] = CHAR_LETTER, ['B'] = CHAR_LETTER, ['C'] = CHAR_LETTER, ['D'] = CHAR_LETTER,
    ['E'] = CHAR_LETTER, ['F'] = CHAR_LETTER, ['G'] = CHAR_LETTER, ['H'] = CHAR_LETTER,
    ['I'] = CHAR_LETTER, ['J'] = CHAR_LETTER, ['K'] = CHAR_LETTER, ['L'] = CHAR_LETTER,
    ['M'] = CHAR_LETTER, ['N'] = CHAR_LETTER, ['O'] = CHAR_LETTER, ['P'] = CHAR_LETTER,
    ['Q'] = CHAR_LETTER, ['R'] = CHAR_LETTER, ['S'] = CHAR_LETTER, ['T'] = CHAR_LETTER,
    ['U'] = CHAR_LETTER, ['V'] = CHAR_LETTER, ['W'] = CHAR_LETTER, ['X'] = CHAR_LETTER,
    ['Y'] = CHAR_LETTER, ['Z'] = CHAR_LETTER, ['a'] = CHAR_LETTER, ['b'] = CHAR_LETTER,
    ['c'] = CHAR_LETTER, ['d'] = CHAR_LETTER, ['e'] = CHAR_LETTER, ['f'] = CHAR_LETTER,
    ['g'] = CHAR_LETTER, ['h'] = CHAR_LETTER, ['i'] = CHAR_LETTER, ['j'] = CHAR_LETTER,
    ['k'] = CHAR_LETTER, ['l'] = CHAR_LETTER, ['m'] = CHAR_LETTER, ['n'] = CHAR_LETTER,
    ['o'] = CHAR_LETTER, ['p'] = CHAR_LETTER, ['q'] = CHAR_LETTER, ['r'] = CHAR_LETTER,
    ['s'] = CHAR_LETTER, ['t'] = CHAR_LETTER, ['u'] = CHAR_LETTER, ['v'] = CHAR_LETTER,
    ['w'] = CHAR_LETTER, ['x'] = CHAR_LETTER, ['y'] = CHAR_LETTER, ['z'] = CHAR_LETTER,
};

static enum char_class wide_class(uint32_t cp)
{
    if (utf8_is_letter(cp))
        return CHAR_LETTER;
    if (utf8_is_digit(cp))
        return CHAR_DIGIT;
    return utf8_is_space(cp) ? CHAR_SPACE : CHAR_OTHER;
}

enum char_class token_class(const struct reader *r, uint32_t at, uint32_t *len_out)
{
    unsigned char c = (unsigned char)r->text[at];
    uint32_t cp;
    if (c < 0x80) {
        *len_out = 1;
        return ascii_class[c];
    }
    unsigned len = utf8_decode(r->text + at, r->text + r->end, &cp);
    *len_out = len ? len : 1;
    return len ? wide_class(cp) : CHAR_OTHER;
}

bool token_gap(const struct reader *r, uint32_t at)
{
    uint32_t len;
    return at >= r->end || token_class(r, at, &len) == CHAR_SPACE;
}

struct letters {
    uint32_t upper, lower; /* ASCII letters */
    bool wide;             /* others stand in it */
    bool inner;            /* a capital that neither begins the word nor a part of it */
};

static struct letters count_letters(const char *text, uint32_t len)
{
    struct letters n = {0};
    for (uint32_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x80) {
            n.wide = true;
        } else if (c >= 'a' && c <= 'z') {
            n.lower++;
        } else if (c >= 'A' && c <= 'Z') {
            n.upper++;
            n.inner |= i > 0 && text[i - 1] != '-' && text[i - 1] != '\'';
        }
    }
    return n;
}

static void count_wide(struct str word, struct letters *n)
{
    bool part = true; /* a part of the word begins here */
    *n = (struct letters){.wide = true};
    for (size_t i = 0; i < word.len;) {
        uint32_t cp;
        unsigned len = utf8_decode(word.ptr + i, word.ptr + word.len, &cp);
        bool upper = len && utf8_is_upper(cp);
        n->upper += upper;
        n->lower += len && utf8_is_lower(cp);
        n->inner |= upper && !part;
        part = len && (cp == '-' || cp == '\'' || cp == 0x2019 || cp == 0x2010);
        i += len ? len : 1;
    }
}

static enum token_shape shape_of(struct str word, const struct letters *n)
{
    uint32_t cp;
    if (n->upper == 0)
        return n->lower ? SHAPE_LOWER : SHAPE_NONE;
    if (n->lower == 0 && n->upper > 1)
        return SHAPE_UPPER;
    utf8_decode(word.ptr, word.ptr + word.len, &cp);
    return utf8_is_upper(cp) && !n->inner ? SHAPE_CAPITAL : SHAPE_MIXED;
}

static struct str lower_of(struct reader *r, struct str word, const struct letters *n)
{
    if (n->upper == 0)
        return word;
    if (!n->wide)
        return str_make(r->lower + (word.ptr - r->text), word.len);
    char *out = arena_alloc(r->doc->arena, word.len * 2 + 4);
    return str_make(out, utf8_lower_str(word, out));
}

void token_push(struct reader *r, uint32_t end, enum token_kind kind,
                enum token_mark mark)
{
    struct doc *doc = r->doc;
    struct str text = str_make(r->text + r->at, end - r->at);
    struct token *token = ARENA_PUSH(doc->arena, &doc->tokens);
    *token = (struct token){.span = {r->at, end},
                            .text = text,
                            .lower = text,
                            .kind = (uint8_t)kind,
                            .mark = (uint8_t)mark,
                            .space_before = r->space && r->at > r->begin};
    if (kind == TOKEN_WORD || kind == TOKEN_SYMBOL) {
        struct letters n = count_letters(text.ptr, (uint32_t)text.len);
        if (n.wide)
            count_wide(text, &n);
        token->shape = (uint8_t)shape_of(text, &n);
        token->lower = lower_of(r, text, &n);
    }
    token->word = lexicon_word(r->lists->lexicon, token->lower);
    r->at = end;
    r->space = false;
}

static uint32_t run_end(const struct reader *r, uint32_t len)
{
    uint32_t at = r->at + len;
    while (at + len <= r->end && memcmp(r->text + at, r->text + r->at, len) == 0)
        at += len;
    return at;
}

struct sign {
    uint32_t cp;
    uint8_t mark;
    uint8_t single; /* of quotation marks */
    uint8_t kind;
};

enum sign_kind { SIGN_PLAIN, SIGN_QUOTE };

/* Punctuation with a meaning; every other sign is a symbol. */
static const struct sign signs[] = {
    {'"', MARK_NONE, 0, SIGN_QUOTE},          {'\'', MARK_NONE, 1, SIGN_QUOTE},
    {'`', MARK_NONE, 1, SIGN_QUOTE},          {0xab, MARK_QUOTE_OPEN, 0, SIGN_QUOTE},
    {0xbb, MARK_QUOTE_CLOSE, 0, SIGN_QUOTE},  {0xb4, MARK_NONE, 1, SIGN_QUOTE},
    {0x2018, MARK_QUOTE_OPEN, 1, SIGN_QUOTE}, {0x2019, MARK_QUOTE_CLOSE, 1, SIGN_QUOTE},
    {0x201a, MARK_QUOTE_OPEN, 1, SIGN_QUOTE}, {0x201b, MARK_QUOTE_OPEN, 1, SIGN_QUOTE},
    {0x201c, MARK_QUOTE_OPEN, 0, SIGN_QUOTE}, {0x201d, MARK_QUOTE_CLOSE, 0, SIGN_QUOTE},
    {0x201e, MARK_QUOTE_OPEN, 0, SIGN_QUOTE}, {0x201f, MARK_QUOTE_OPEN, 0, SIGN_QUOTE},
    {0x2032, MARK_NONE, 1, SIGN_QUOTE},       {0x2033, MARK_NONE, 0, SIGN_QUOTE},
    {0x2039, MARK_QUOTE_OPEN, 1, SIGN_QUOTE}, {0x203a, MARK_QUOTE_CLOSE, 1, SIGN_QUOTE},
    {0xff02, MARK_NONE, 0, SIGN_QUOTE},       {'(', MARK_BRACKET_OPEN, 0, SIGN_PLAIN},
    {')', MARK_BRACKET_CLOSE, 0, SIGN_PLAIN}, {'[', MARK_BRACKET_OPEN, 0, SIGN_PLAIN},
    {']', MARK_BRACKET_CLOSE, 0, SIGN_PLAIN}, {'{', MARK_BRACKET_OPEN, 0, SIGN_PLAIN},
    {'}', MARK_BRACKET_CLOSE, 0, SIGN_PLAIN}, {',', MARK_COMMA, 0, SIGN_PLAIN},
    {'.', MARK_STOP, 0, SIGN_PLAIN},          {'!', MARK_STOP, 0, SIGN_PLAIN},
    {'?', MARK_STOP, 0, SIGN_PLAIN},          {0x2026, MARK_STOP, 0, SIGN_PLAIN},
    {':', MARK_COLON, 0, SIGN_PLAIN},         {';', MARK_OTHER, 0, SIGN_PLAIN},
    {0x2022, MARK_OTHER, 0, SIGN_PLAIN}, /* bullet */
    {0xb7, MARK_OTHER, 0, SIGN_PLAIN},   /* middle dot */
    {'-', MARK_DASH, 0, SIGN_PLAIN},          {0x2010, MARK_DASH, 0, SIGN_PLAIN},
    {0x2011, MARK_DASH, 0, SIGN_PLAIN},       {0x2012, MARK_DASH, 0, SIGN_PLAIN},
    {0x2013, MARK_DASH, 0, SIGN_PLAIN},       {0x2014, MARK_DASH, 0, SIGN_PLAIN},
    {0x2015, MARK_DASH, 0, SIGN_PLAIN},       {0x2212, MARK_DASH, 0, SIGN_PLAIN},
};

static const struct sign *find_sign(uint32_t cp)
{
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (signs[i].cp == cp)
            return &signs[i];
    return NULL;
}

/* The run of stops that begins at r->at: "...", "?!", "…". */
static uint32_t stops_end(const struct reader *r)
{
    uint32_t at = r->at;
    while (at < r->end) {
        uint32_t cp;
        unsigned len = utf8_decode(r->text + at, r->text + r->end, &cp);
        if (cp != '.' && cp != '!' && cp != '?' && cp != 0x2026)
            break;
        at += len;
    }
    return at;
}

static void read_sign(struct reader *r)
{
    uint32_t cp;
    unsigned bytes = utf8_decode(r->text + r->at, r->text + r->end, &cp);
    uint32_t len = bytes ? bytes : 1;
    uint32_t run = run_end(r, len);
    const struct sign *sign = find_sign(cp);

    if (sign == NULL) {
        token_push(r, run >= r->at + len * RUN_LEAST ? run : r->at + len, TOKEN_SYMBOL,
                   MARK_NONE);
    } else if (sign->mark == MARK_STOP) {
        token_push(r, stops_end(r), TOKEN_PUNCT, MARK_STOP);
    } else if (sign->mark == MARK_DASH) {
        token_push(r, run, TOKEN_PUNCT, MARK_DASH);
    } else if (run >= r->at + len * RUN_LEAST) {
        token_push(r, run, TOKEN_PUNCT, MARK_OTHER);
    } else if (sign->kind == SIGN_QUOTE) {
        bool doubled = run > r->at + len; /* '' and `` are one mark */
        uint32_t take = doubled ? 2 * len : len;
        enum token_mark mark =
            token_quote(r, take, (enum token_mark)sign->mark, sign->single && !doubled);
        token_push(r, r->at + take, TOKEN_PUNCT, mark);
    } else {
        token_push(r, r->at + len, TOKEN_PUNCT, (enum token_mark)sign->mark);
    }
}

static void read_next(struct reader *r)
{
    uint32_t len, end;
    switch (token_class(r, r->at, &len)) {
    case CHAR_SPACE:
        r->space = true;
        r->at += len;
        break;
    case CHAR_LETTER:
        token_word(r);
        break;
    case CHAR_DIGIT:
        token_number(r);
        break;
    default:
        end = token_link(r);
        if (end)
            token_push(r, end, TOKEN_SYMBOL, MARK_NONE);
        else
            read_sign(r);
    }
}

static char *lower_ascii(struct str text, struct arena *arena)
{
    const uint64_t ones = 0x0101010101010101u, high = ones << 7;
    char *out = arena_alloc(arena, text.len + 1);
    size_t i = 0;
    for (; text.len - i >= 8;
         i += 8) { /* the high bit of each byte A to Z, moved to 20 */
        uint64_t eight;
        memcpy(&eight, text.ptr + i, 8);
        uint64_t low = eight & ~high;
        uint64_t from_a = low + ones * (0x80 - 'A'), over_z = low + ones * (0x7f - 'Z');
        eight |= (from_a & ~over_z & ~eight & high) >> 2;
        memcpy(out + i, &eight, 8);
    }
    for (; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        out[i] = (char)(c + ((unsigned)(c - 'A') < 26u ? 32 : 0));
    }
    return out;
}

static void reserve_tokens(struct doc *doc)
{
    uint32_t cap = (uint32_t)(doc->text.len / TOKEN_BYTES) + 16;
    if (cap > TEXT_TOKENS_MOST)
        cap = TEXT_TOKENS_MOST;
    doc->tokens.item = arena_alloc(doc->arena, cap * sizeof *doc->tokens.item);
    doc->tokens.cap = cap;
    doc->tokens.count = 0;
}

int token_read(struct doc *doc, const struct text_lists *lists, struct err *err)
{
    struct reader r = {.doc = doc, .lists = lists, .text = doc->text.ptr};
    r.lower = lower_ascii(doc->text, doc->arena);
    reserve_tokens(doc);
    for (uint32_t i = 0; i < doc->lines.count; i++) {
        struct span span = doc->lines.item[i].span;
        r.begin = r.at = span.begin;
        r.end = span.end;
        r.line_first = doc->tokens.count;
        r.space = false;
        r.open_double = r.open_single = 0;
        r.mail = memchr(r.text + r.begin, '@', r.end - r.begin) != NULL;
        while (r.at < r.end) {
            read_next(&r);
            if (doc->tokens.count > TEXT_TOKENS_MOST)
                return err_set(err, ERR_LIMIT, "text has more than %u tokens",
                               TEXT_TOKENS_MOST);
        }
    }
    return 0;
}
