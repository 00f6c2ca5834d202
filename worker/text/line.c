#include "worker/text/line_private.h"

#include "proto/base/utf8.h"

/* Lines of the text, and what they are. One line of the text may become several: a
 * dateline's outlet tag before the body, page furniture in brackets and a reporter code
 * behind it are lines of their own, so that the body is read as usual. */

/* A dateline stands before a dash among the first characters. */
#define DATELINE_BYTES 96
#define DATELINE_WORDS 8
/* "(abs/jal)": letters and slashes between the brackets. */
#define CODE_BYTES 24
#define CODE_PARTS 4
/* "[Gambas:Video 20detik]" */
#define INSERT_BYTES 96

static void add_line(struct doc *doc, uint32_t begin, uint32_t end, enum doc_drop drop,
                     const char *cue)
{
    const char *text = doc->text.ptr;
    while (begin < end && (text[begin] == ' ' || text[begin] == '\t'))
        begin++;
    while (end > begin && (text[end - 1] == ' ' || text[end - 1] == '\t'))
        end--;
    if (begin == end)
        return;
    *ARENA_PUSH(doc->arena, &doc->lines) =
        (struct doc_line){.span = {begin, end}, .drop = drop, .cue = cue};
}

/* A dash that ends a dateline: its length, else 0. Between white space it always does;
 * behind an outlet one side is enough ("CNBC Indonesia -Apple", "Jakarta- Pecinta"). */
static uint32_t dash_at(struct str s, uint32_t at, bool outlet)
{
    static const char *const dashes[] = {"--", "-", "\xe2\x80\x93", "\xe2\x80\x94"};
    uint32_t len = 0;
    for (size_t i = 0; i < sizeof dashes / sizeof dashes[0] && len == 0; i++)
        if (str_starts(str_from(s, at), str_of(dashes[i])))
            len = (uint32_t)strlen(dashes[i]);
    if (len == 0 || at == 0 || at + len >= s.len)
        return 0;
    bool left = s.ptr[at - 1] == ' ' || s.ptr[at - 1] == ')';
    bool right = s.ptr[at + len] == ' ';
    return (left && right) || (outlet && (left || right)) ? len : 0;
}

struct dateline {
    uint32_t outlet_begin, outlet_end; /* bytes of the line; end 0: no outlet */
    uint32_t dash, end;                /* the dash, and behind it */
};

/* A word of a dateline at *at: a name or an outlet. */
static bool dateline_word(struct str line, uint32_t *at, const struct text_lists *lists,
                          struct dateline *out)
{
    struct line_word word;
    if (!line_word_next(line, at, &word))
        return false;
    uint32_t outlet = line_outlet(line, &word, lists);
    if (outlet) {
        if (out->outlet_end == 0)
            out->outlet_begin = word.begin;
        *at = out->outlet_end = outlet;
    }
    return outlet || word.capital;
}

/* The words before the dash are names of places and an outlet: `Liputan6.com, Jakarta -`,
 * `JAKARTA, KOMPAS.com –`, `Jakarta (ANTARA) -`. */
static bool read_dateline(struct str line, const struct text_lists *lists,
                          struct dateline *out)
{
    uint32_t at = 0, words = 0;
    *out = (struct dateline){0};
    while (at < line.len && at < DATELINE_BYTES) {
        uint32_t dash = dash_at(line, at, out->outlet_end != 0);
        if (dash && words) {
            out->dash = at;
            out->end = at + dash;
            return true;
        }
        if (line.ptr[at] && strchr(" ,()/.", line.ptr[at]))
            at++;
        else if (++words > DATELINE_WORDS || !dateline_word(line, &at, lists, out))
            return false;
    }
    return false;
}

/* Cuts the dateline off: the outlet's tag is dropped, a place stays. */
static uint32_t cut_dateline(struct doc *doc, struct span line,
                             const struct text_lists *lists)
{
    struct str text = doc_span_text(doc, line);
    struct dateline d;
    if (!read_dateline(text, lists, &d) || d.outlet_end == 0)
        return line.begin;
    while (d.outlet_begin > 0 && strchr("( ", text.ptr[d.outlet_begin - 1]))
        d.outlet_begin--;
    while (d.outlet_end < d.dash && strchr("), ", text.ptr[d.outlet_end]))
        d.outlet_end++;
    if (d.outlet_end == d.dash)
        d.outlet_end = d.end;
    add_line(doc, line.begin, line.begin + d.outlet_begin, DROP_NOT, NULL);
    add_line(doc, line.begin + d.outlet_begin, line.begin + d.outlet_end, DROP_BYLINE,
             "dateline");
    add_line(doc, line.begin + d.outlet_end, line.begin + d.end, DROP_NOT, NULL);
    return line.begin + d.end;
}

/* "(abs/jal)", "(FAT/MUN)": the end of the code that begins at `at`, or 0. */
static uint32_t code_end(struct str s, uint32_t at, bool single)
{
    uint32_t from = at + 1, letters = 0, parts = 1;
    for (uint32_t i = from; i < s.len && i < from + CODE_BYTES; i++) {
        char c = s.ptr[i];
        if (c == ')')
            return letters >= 2 && letters <= 5 && (parts > 1 || single) ? i + 1 : 0;
        if (c == '/') {
            if (letters < 2 || letters > 5 || ++parts > CODE_PARTS)
                return 0;
            letters = 0;
        } else if ((unsigned)((c | 0x20) - 'a') < 26u) {
            letters++;
        } else {
            return 0;
        }
    }
    return 0;
}

/* Speech or a sentence has just ended: only there stand codes. */
static bool after_end(struct str s, uint32_t at)
{
    while (at > 0 && s.ptr[at - 1] == ' ')
        at--;
    if (at == 0)
        return true;
    if (strchr(".!?\"", s.ptr[at - 1]))
        return true;
    return at >= 3 && memcmp(s.ptr + at - 3, "\xe2\x80\x9d", 3) == 0;
}

static bool nothing_behind(struct str s, uint32_t at)
{
    while (at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '.'))
        at++;
    return at == s.len;
}

/* What stands in brackets at `at` and is no body: its end; sets *drop_out. Else 0. */
static uint32_t insert_end(struct str s, uint32_t at, const struct text_lists *lists,
                           enum doc_drop *drop_out)
{
    if (s.ptr[at] == '(') {
        uint32_t end = after_end(s, at) ? code_end(s, at, false) : 0;
        if (end == 0 && after_end(s, at) && (end = code_end(s, at, true)) != 0 &&
            (!nothing_behind(s, end) || line_is_upper(str_slice(s, at, end))))
            end = 0;
        *drop_out = DROP_BYLINE;
        return end;
    }
    uint32_t limit = at + INSERT_BYTES < s.len ? at + INSERT_BYTES : (uint32_t)s.len;
    const char *close = memchr(s.ptr + at, ']', limit - at);
    if (close == NULL ||
        !line_is_insert(str_slice(s, at + 1, (size_t)(close - s.ptr)), lists))
        return 0;
    *drop_out = DROP_FURNITURE;
    return (uint32_t)(close - s.ptr) + 1;
}

/* The body of a line, with codes and inserts cut out of it. */
static void cut_body(struct doc *doc, uint32_t begin, uint32_t end,
                     const struct text_lists *lists)
{
    struct str s = str_make(doc->text.ptr + begin, end - begin);
    uint32_t from = 0;
    for (uint32_t i = 0; i < s.len; i++) {
        enum doc_drop drop;
        if (s.ptr[i] != '(' && s.ptr[i] != '[')
            continue;
        uint32_t stop = insert_end(s, i, lists, &drop);
        if (stop == 0)
            continue;
        add_line(doc, begin + from, begin + i, DROP_NOT, NULL);
        add_line(doc, begin + i, begin + stop, drop,
                 drop == DROP_BYLINE ? "code" : "insert");
        from = stop;
        i = stop - 1;
    }
    add_line(doc, begin + from, end, DROP_NOT, NULL);
}

static void read_line(struct doc *doc, struct span line, const struct text_lists *lists)
{
    const char *cue = NULL;
    enum doc_drop drop = line_class(doc_span_text(doc, line), lists, &cue);
    if (drop != DROP_NOT) {
        add_line(doc, line.begin, line.end, drop, cue);
        return;
    }
    cut_body(doc, cut_dateline(doc, line, lists), line.end, lists);
}

void line_read(struct doc *doc, const struct text_lists *lists)
{
    uint32_t at = 0, len = (uint32_t)doc->text.len;
    while (at < len) {
        const char *nl = memchr(doc->text.ptr + at, '\n', len - at);
        uint32_t end = nl ? (uint32_t)(nl - doc->text.ptr) : len;
        struct str trimmed = str_trim(doc_span_text(doc, (struct span){at, end}));
        if (trimmed.len) {
            uint32_t begin = (uint32_t)(trimmed.ptr - doc->text.ptr);
            read_line(doc, (struct span){begin, begin + (uint32_t)trimmed.len}, lists);
        }
        at = end + 1;
    }
}
