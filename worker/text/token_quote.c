#include "worker/text/token_private.h"

#include "proto/base/utf8.h"

static uint32_t before(const struct reader *r)
{
    uint32_t at = r->at, cp = ' ';
    if (at == r->begin)
        return ' ';
    do
        at--;
    while (at > r->begin && ((unsigned char)r->text[at] & 0xc0) == 0x80);
    utf8_decode(r->text + at, r->text + r->at, &cp);
    return cp;
}

static uint32_t behind(const struct reader *r, uint32_t at)
{
    uint32_t cp = ' ';
    if (at < r->end)
        utf8_decode(r->text + at, r->text + r->end, &cp);
    return cp;
}

/* Nothing that a closing mark would belong to stands on the left. */
static bool free_left(struct reader *r, uint32_t cp)
{
    if (utf8_is_space(cp) || cp == '(' || cp == '[' || cp == '/' || cp == '-' ||
        cp == 0x2013 || cp == 0x2014)
        return true;
    uint32_t count = r->doc->tokens.count;
    return count > r->line_first &&
           r->doc->tokens.item[count - 1].mark == MARK_QUOTE_OPEN &&
           r->doc->tokens.item[count - 1].span.end == r->at;
}

static bool free_right(uint32_t cp)
{
    switch (cp) {
    case ',':
    case '.':
    case ';':
    case ':':
    case '!':
    case '?':
    case ')':
    case ']':
    case '/':
    case '-':
    case '"':
    case '\'':
    case 0x2013:
    case 0x2014:
    case 0x2019:
    case 0x201d:
    case 0x2026:
        return true;
    default:
        return utf8_is_space(cp);
    }
}

/* The last thing on the left that is not white space ends a stretch of speech. */
static bool after_comma_or_stop(const struct reader *r)
{
    uint32_t count = r->doc->tokens.count;
    if (count == r->line_first)
        return false;
    uint8_t mark = r->doc->tokens.item[count - 1].mark;
    return mark == MARK_COMMA || mark == MARK_STOP;
}

static enum token_mark by_place(struct reader *r, uint32_t len, enum token_mark glyph,
                                uint32_t open)
{
    bool left = free_left(r, before(r));
    bool right = free_right(behind(r, r->at + len));
    if (left && !right) {
        /* `"Kami siap, "ujar dia`: a closing mark on the wrong side of the space */
        bool late = open && (glyph == MARK_QUOTE_CLOSE || after_comma_or_stop(r));
        return late && glyph != MARK_QUOTE_OPEN ? MARK_QUOTE_CLOSE : MARK_QUOTE_OPEN;
    }
    if (!left && right)
        return MARK_QUOTE_CLOSE;
    if (glyph != MARK_NONE)
        return glyph;
    return open ? MARK_QUOTE_CLOSE : MARK_QUOTE_OPEN;
}

/* An apostrophe or a sign for feet, minutes, seconds: '98, 5'. */
static bool is_apostrophe(struct reader *r, uint32_t len, bool single)
{
    uint32_t left = before(r), right = behind(r, r->at + len);
    if (single && free_left(r, left) && utf8_is_digit(right))
        return r->open_single == 0;
    return utf8_is_digit(left) && (single ? r->open_single : r->open_double) == 0 &&
           r->open_single + r->open_double == 0;
}

enum token_mark token_quote(struct reader *r, uint32_t len, enum token_mark glyph,
                            bool single)
{
    uint32_t *open = single ? &r->open_single : &r->open_double;
    uint32_t *other = single ? &r->open_double : &r->open_single;
    if (glyph != MARK_QUOTE_OPEN && is_apostrophe(r, len, single))
        return MARK_OTHER;
    enum token_mark mark = by_place(r, len, glyph, *open);
    if (mark == MARK_QUOTE_OPEN) {
        ++*open;
    } else if (*open) {
        --*open;
    } else if (*other) { /* opened with the other kind: “…’ */
        --*other;
    } else if (single && !utf8_is_space(before(r)) && utf8_is_letter(before(r))) {
        return MARK_OTHER; /* para siswa' */
    }
    return mark;
}
