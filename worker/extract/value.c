#include "worker/extract/value.h"

#include "proto/base/utf8.h"

#include <assert.h>
#include <stdlib.h>

/* Longer numerals are no numbers of anything; the limit keeps them exact, too. */
#define NUMERAL_BYTES 24

static char find_mark(const struct wordlist *list, const char *name, char otherwise)
{
    struct str value;
    if (wordlist_get(list, str_of(name), &value) && value.len == 1)
        return value.ptr[0];
    return otherwise;
}

void values_init(struct values *v, struct doc *doc)
{
    *v = (struct values){.doc = doc};
    const struct lexicon *lexicon = doc->lang->lexicon;
    struct value_lists *list = &v->list;
    const struct {
        const struct wordlist **list;
        const char *name;
    } all[] = {
        {&list->numeral, "numeral"},       {&list->number, "number"},
        {&list->label, "label"},           {&list->ordinal, "ordinal"},
        {&list->month, "month"},           {&list->weekday, "weekday"},
        {&list->daypart, "daypart"},       {&list->zone, "zone"},
        {&list->timeword, "timeword"},     {&list->timeunit, "timeunit"},
        {&list->shift, "shift"},           {&list->period, "period"},
        {&list->datepart, "datepart"},     {&list->datehead, "datehead"},
        {&list->clockhead, "clockhead"},   {&list->yearcue, "yearcue"},
        {&list->future, "future"},         {&list->agecue, "agecue"},
        {&list->range, "range"},           {&list->repeat, "repeat"},
        {&list->currency, "currency"},     {&list->unit, "unit"},
        {&list->magnitude, "magnitude"},   {&list->bound, "bound"},
        {&list->boundafter, "boundafter"}, {&list->change, "change"},
        {&list->counted, "counted"},       {&list->nounstop, "nounstop"},
        {&list->place, "place"},           {&list->timetable, "timetable"},
        {&list->aboutcue, "aboutcue"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        *all[i].list = lexicon_list(lexicon, all[i].name);
    v->group = find_mark(list->numeral, "group", ',');
    v->decimal = find_mark(list->numeral, "decimal", '.');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_ascii_letter(char c)
{
    return (unsigned)((c | 0x20) - 'a') < 26u;
}

/* End of the run of letters at p; an apostrophe between two letters belongs to it. */
static const char *skip_letters(const char *p, const char *end)
{
    uint32_t cp;
    unsigned len;
    while (p < end) {
        if (is_ascii_letter(*p)) {
            p++;
            continue;
        }
        if ((len = utf8_decode(p, end, &cp)) == 0)
            break;
        if (cp == '\'' || cp == 0x2019) {
            uint32_t next;
            if (utf8_decode(p + len, end, &next) == 0 || !utf8_is_letter(next))
                break;
        } else if (!utf8_is_letter(cp)) {
            break;
        }
        p += len;
    }
    return p;
}

static const char *skip_numeral(const char *p, const char *end)
{
    while (p < end &&
           (is_digit(*p) || ((*p == '.' || *p == ',') && p + 1 < end && is_digit(p[1]))))
        p++;
    return p;
}

/* Digits of the numeral with the mark `cut` as the decimal point, other marks passed
 * over. */
static double numeral_value(struct str text, char cut)
{
    char plain[NUMERAL_BYTES + 1];
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++)
        if (is_digit(text.ptr[i]) || text.ptr[i] == cut)
            plain[len++] = text.ptr[i] == cut ? '.' : text.ptr[i];
    plain[len] = 0;
    double whole = 0, scale = 1;
    bool after = false;
    /* By hand, for strtod reads the point as the locale has it. Exact below 2^53: one
     * division at the end rounds once. */
    for (size_t i = 0; i < len; i++) {
        if (plain[i] == '.') {
            after = true;
            continue;
        }
        whole = whole * 10 + (plain[i] - '0');
        scale *= after ? 10 : 1;
    }
    return whole / scale;
}

/* Groups of three behind a first one of one to three, cut by `mark` alone up to `end`. */
static bool is_grouped(struct str text, char mark)
{
    struct str rest = text, group;
    bool first = true;
    while (str_split(&rest, mark, &group)) {
        if (first ? group.len < 1 || group.len > 3 || group.ptr[0] == '0'
                  : group.len != 3)
            return false;
        first = false;
    }
    return true;
}

static size_t count_of(struct str text, char mark)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == mark;
    return count;
}

/* Both marks stand in it: the last kind is the decimal one, and stands once. */
static void read_mixed(struct piece *p)
{
    char cut =
        memrchr(p->text.ptr, '.', p->text.len) > memrchr(p->text.ptr, ',', p->text.len)
            ? '.'
            : ',';
    const char *at = memrchr(p->text.ptr, cut, p->text.len);
    struct str whole = str_make(p->text.ptr, (size_t)(at - p->text.ptr));
    if (count_of(p->text, cut) != 1 || !is_grouped(whole, cut == '.' ? ',' : '.'))
        return;
    p->form = FORM_DECIMAL;
    p->value = numeral_value(p->text, cut);
}

static void read_numeral(const struct values *v, struct piece *p)
{
    size_t groups = count_of(p->text, v->group), points = count_of(p->text, v->decimal);
    if (p->text.len > NUMERAL_BYTES)
        return;
    if (groups == 0 && points == 0) {
        p->form = FORM_PLAIN;
        p->digits = (uint8_t)p->text.len;
        p->value = numeral_value(p->text, 0);
    } else if (groups && points) {
        read_mixed(p);
    } else if (groups && is_grouped(p->text, v->group)) {
        p->form = FORM_GROUPED;
        p->value = numeral_value(p->text, 0);
    } else if (groups == 1) {
        p->form = FORM_DECIMAL;
        p->value = numeral_value(p->text, v->group);
    } else if (points == 1) {
        p->value = numeral_value(p->text, v->decimal);
        p->other = numeral_value(p->text, 0);
        p->form = is_grouped(p->text, v->decimal) ? FORM_EITHER : FORM_DECIMAL;
    } else if (points > 1 && is_grouped(p->text, v->decimal)) {
        p->form = FORM_GROUPED;
        p->value = numeral_value(p->text, 0);
    }
}

static void read_word(struct values *v, struct piece *p)
{
    const struct token *token = &v->doc->tokens.item[p->token];
    uint32_t cp = 0;
    const char *end = p->text.ptr + p->text.len;
    unsigned len = utf8_decode(p->text.ptr, end, &cp);
    p->capital = utf8_is_upper(cp);
    p->upper = p->capital && len < p->text.len;
    for (const char *at = p->text.ptr + len; p->upper && at < end; at += len) {
        if (*at >= 'a' && *at <= 'z') {
            p->upper = false;
            break;
        }
        len = utf8_decode(at, end, &cp);
        p->upper = len && utf8_is_upper(cp);
        len = len ? len : 1;
    }
    uint32_t in = p->span.begin - token->span.begin;
    if (token->lower.len == token->text.len && in + p->text.len <= token->lower.len) {
        p->lower = str_slice(token->lower, in, in + p->text.len);
        return;
    }
    char *lower = arena_alloc(v->doc->arena, p->text.len * 2 + 4);
    p->lower = str_make(lower, utf8_lower_str(p->text, lower));
}

static struct piece *push(struct values *v, const char *begin, const char *end)
{
    struct piece *p = ARENA_PUSH(v->doc->arena, v);
    uint32_t at = (uint32_t)(begin - v->doc->text.ptr);
    *p = (struct piece){.span = {at, at + (uint32_t)(end - begin)},
                        .text = str_make(begin, (size_t)(end - begin)),
                        .kind = PIECE_MARK};
    p->lower = p->text;
    return p;
}

static void look_up(struct values *v, uint32_t at)
{
    char key[LEXICON_KEY_BYTES];
    const struct lexicon *lexicon = v->doc->lang->lexicon;
    struct piece *p = &v->item[at];
    const struct token *token = &v->doc->tokens.item[p->token];
    size_t len = p->lower.len;
    if (len > sizeof key)
        return;
    p->word[0] =
        str_eq(p->lower, token->lower) ? token->word : lexicon_word(lexicon, p->lower);
    p->words = lexicon_knows(p->word[0]);
    if (at + 1 == v->count || p[1].space) /* as nearly all stand */
        return;
    memcpy(key, p->lower.ptr, len);
    for (uint32_t n = 1; n < VALUE_TOUCHING && at + n < v->count; n++) {
        struct str next = p[n].lower;
        if (p[n].space || next.len > sizeof key - len)
            break;
        memcpy(key + len, next.ptr, next.len);
        len += next.len;
        p->word[n] = lexicon_word(lexicon, str_make(key, len));
        if (lexicon_knows(p->word[n]))
            p->words = (uint8_t)(n + 1);
    }
}

void values_read(struct values *v, uint32_t sentence)
{
    const struct doc *doc = v->doc;
    const struct sentence *s = &doc->sentences.item[sentence];
    const char *p = doc->text.ptr + s->span.begin, *end = doc->text.ptr + s->span.end;
    uint32_t token = s->first;
    bool space = true;
    v->sentence = sentence;
    v->count = 0;
    while (p < end && s->first < s->end) {
        uint32_t cp;
        unsigned len = utf8_decode(p, end, &cp);
        len = len ? len : 1;
        if (*p == ' ' || utf8_is_space(cp)) {
            space = true;
            p += len;
            continue;
        }
        bool letter = is_ascii_letter(*p) || utf8_is_letter(cp);
        const char *stop = is_digit(*p) ? skip_numeral(p, end)
                           : letter     ? skip_letters(p, end)
                                        : p + len;
        struct piece *piece = push(v, p, stop);
        while (token + 1 < s->end &&
               doc->tokens.item[token + 1].span.begin <= piece->span.begin)
            token++;
        piece->token = token;
        piece->space = space;
        piece->kind = is_digit(*p) ? PIECE_NUMERAL : letter ? PIECE_WORD : PIECE_MARK;
        if (piece->kind == PIECE_NUMERAL)
            read_numeral(v, piece);
        else if (piece->kind == PIECE_WORD)
            read_word(v, piece);
        space = false;
        p = stop;
    }
    for (uint32_t i = 0; i < v->count; i++)
        look_up(v, i);
    values_retake(v);
}

void values_retake(struct values *v)
{
    for (uint32_t i = 0; i < v->count; i++)
        v->item[i].taken = v->doc->tokens.item[v->item[i].token].found != 0;
}

bool values_mark(const struct values *v, uint32_t at, char mark)
{
    return at < v->count && v->item[at].text.len == 1 && v->item[at].text.ptr[0] == mark;
}

bool values_dash(const struct values *v, uint32_t at)
{
    return values_mark(v, at, '-') || (at < v->count && (str_is(v->item[at].text, "–") ||
                                                         str_is(v->item[at].text, "—")));
}

bool values_glued(const struct values *v, uint32_t at)
{
    return at > 0 && at < v->count && !v->item[at].space;
}

uint32_t values_match_begun(const struct values *v, const struct wordlist *list,
                            uint32_t at, struct str *value_out)
{
    const struct lexicon *lexicon = v->doc->lang->lexicon;
    struct lexicon_path before = {0, 0},
                        path = before; /* before: without the last word */
    char word[LEXICON_KEY_BYTES];
    size_t len = 0;
    uint32_t longest = 0, touching = 0;
    bool first = true;
    for (uint32_t n = 0; n < VALUE_REACH && at + n < v->count; n++) {
        const struct piece *p = &v->item[at + n];
        if (n > 0 && p->space) {
            if (!wordlist_goes_on(list, path))
                break;
            before = path;
            first = false;
            touching = 0;
            len = 0;
        }
        if (touching == VALUE_TOUCHING || p->lower.len > sizeof word - len)
            break;
        memcpy(word + len, p->lower.ptr, p->lower.len);
        len += p->lower.len;
        path = first ? v->item[at].word[touching]
                     : lexicon_on(lexicon, before, str_make(word, len));
        touching++;
        if (wordlist_take(list, path, str_make(word, len), value_out))
            longest = n + 1;
    }
    return longest;
}

struct str value_field(struct str *rest)
{
    struct str field = STR_NONE;
    return str_split(rest, ' ', &field) ? field : STR_NONE;
}

double value_number(struct str field)
{
    double sign = 1, whole = 0, scale = 1;
    bool after = false;
    for (size_t i = 0; i < field.len; i++) {
        char c = field.ptr[i];
        if (c == '-' && i == 0) {
            sign = -1;
        } else if (c == '.') {
            after = true;
        } else if (is_digit(c)) {
            whole = whole * 10 + (c - '0');
            scale *= after ? 10 : 1;
        }
    }
    return sign * whole / scale;
}

struct str values_text(const struct values *v, uint32_t first, uint32_t end)
{
    assert(first < end && end <= v->count);
    return str_slice(v->doc->text, v->item[first].span.begin, v->item[end - 1].span.end);
}

struct fact *values_add(struct values *v, enum fact_kind kind, uint32_t first,
                        uint32_t end, const char *rule)
{
    assert(first < end && end <= v->count);
    struct found *found = doc_add(v->doc, kind, v->item[first].token,
                                  v->item[end - 1].token + 1, rule, 0.5);
    uint32_t mark = v->doc->found.count;
    found->fact.span =
        (struct span){v->item[first].span.begin, v->item[end - 1].span.end};
    found->fact.text = doc_span_text(v->doc, found->fact.span);
    for (uint32_t t = found->first; t < found->end; t++)
        v->doc->tokens.item[t].found = mark;
    values_take(v, first, end);
    return &found->fact;
}

void values_take(struct values *v, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        v->item[i].taken = true;
}
