#include "worker/text/line_private.h"

#include "proto/base/utf8.h"

/* Only the beginning of a line is split into words: no rule looks further, and in a line
 * with more only the first words count. */
#define WORDS_MOST 40
/* A credit: a name and the outlet. */
#define CREDIT_WORDS 6
/* Words a line of date and time has at least: day, month, year, clock. */
#define DATE_WORDS 4
/* A word as long as a key in lower case. */
#define LOWER_BYTES (LEXICON_KEY_BYTES * 2 + 4)

struct words {
    struct line_word word[WORDS_MOST];
    uint32_t count;
    bool more; /* the line has more than that */
};

static bool word_char(struct str s, uint32_t at, unsigned *len_out)
{
    unsigned char c = (unsigned char)s.ptr[at];
    *len_out = 1;
    if (c < 0x80)
        return (unsigned)((c | 0x20) - 'a') < 26u || (unsigned)(c - '0') < 10u;
    uint32_t cp;
    unsigned len = utf8_decode(s.ptr + at, s.ptr + s.len, &cp);
    *len_out = len ? len : 1;
    return len && (utf8_is_letter(cp) || utf8_is_digit(cp));
}

/* Hyphen, full stop, colon and apostrophe belong to the word between two of its
 * characters: kompas.com, e-mail, 17:00. */
static bool joins(struct str s, uint32_t at)
{
    unsigned len;
    char c = s.ptr[at];
    return (c == '-' || c == '.' || c == ':' || c == '\'') && at + 1 < s.len &&
           word_char(s, at + 1, &len);
}

static bool is_capital(struct str line, uint32_t at)
{
    uint32_t cp;
    unsigned char c = (unsigned char)line.ptr[at];
    if (c < 0x80)
        return (unsigned)(c - 'A') < 26u || (unsigned)(c - '0') < 10u;
    utf8_decode(line.ptr + at, line.ptr + line.len, &cp);
    return utf8_is_upper(cp) || utf8_is_digit(cp);
}

bool line_word_next(struct str line, uint32_t *at, struct line_word *out)
{
    uint32_t i = *at;
    unsigned len;
    if (i >= line.len || !word_char(line, i, &len))
        return false;
    *out = (struct line_word){.begin = i, .capital = is_capital(line, i)};
    while (i < line.len) {
        char c = line.ptr[i];
        if ((unsigned)((c | 0x20) - 'a') < 26u) /* nearly every character */
            i++;
        else if (c == ' ') /* and nearly every end */
            break;
        else if (word_char(line, i, &len) || joins(line, i))
            i += len;
        else
            break;
    }
    out->end = *at = i;
    return true;
}

static void split(struct str line, struct words *out)
{
    uint32_t at = 0;
    out->count = 0;
    out->more = false;
    while (at < line.len) {
        struct line_word word;
        if (line.ptr[at] == ' ') {
            at++;
        } else if (!line_word_next(line, &at, &word)) {
            unsigned len;
            word_char(line, at, &len);
            at += len;
        } else if (out->count == WORDS_MOST) {
            out->more = true;
            return;
        } else {
            out->word[out->count++] = word;
        }
    }
}

bool line_is_upper(struct str s)
{
    bool upper = false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] >= 'a' && s.ptr[i] <= 'z')
            return false;
        upper |= s.ptr[i] >= 'A' && s.ptr[i] <= 'Z';
    }
    return upper;
}

static struct str word_text(struct str line, const struct line_word *word)
{
    return str_slice(line, word->begin, word->end);
}

/* The word in lower case, in out, which has room for LOWER_BYTES; empty where it is
 * longer than any key. */
static struct str lower_of(struct str word, char *out)
{
    bool wide = false;
    if (word.len > LEXICON_KEY_BYTES)
        return STR_NONE;
    for (size_t i = 0; i < word.len; i++) {
        unsigned char c = (unsigned char)word.ptr[i];
        wide |= c >= 0x80;
        out[i] = (char)(c + ((unsigned)(c - 'A') < 26u ? 32 : 0));
    }
    return str_make(out, wide ? utf8_lower_str(word, out) : word.len);
}

/* The path with one word of the line more. */
static struct lexicon_path path_on(const struct text_lists *lists,
                                   struct lexicon_path path, struct str word)
{
    char lower[LOWER_BYTES];
    return lexicon_on(lists->lexicon, path, lower_of(word, lower));
}

static struct lexicon_path path_of(const struct text_lists *lists, struct str word)
{
    char lower[LOWER_BYTES];
    return lexicon_word(lists->lexicon, lower_of(word, lower));
}

/* One place of a value fits: see line_private.h. */
struct seat {
    struct str line;
    const struct words *words;
    uint32_t first, count; /* the words that are the key */
};

static bool colon_follows(const struct seat *seat)
{
    uint32_t at = seat->words->word[seat->first + seat->count - 1].end;
    while (at < seat->line.len && seat->line.ptr[at] == ' ')
        at++;
    return at < seat->line.len && seat->line.ptr[at] == ':';
}

static bool upper_alone(const struct seat *seat)
{
    const struct line_word *word = &seat->words->word[seat->first];
    struct str key = str_slice(seat->line, word->begin, word[seat->count - 1].end);
    return line_is_upper(key) && !line_is_upper(seat->line);
}

static bool condition(const struct seat *seat, struct str name)
{
    uint64_t most;
    if (str_is(name, "start"))
        return seat->first == 0;
    if (str_is(name, "equal"))
        return seat->first == 0 && seat->count == seat->words->count &&
               !seat->words->more;
    if (str_is(name, "colon"))
        return colon_follows(seat);
    if (str_is(name, "upper"))
        return upper_alone(seat);
    if (!str_to_u64(name, &most)) /* a class's name: in the list `within` */
        return str_is(name, "teaser") || str_is(name, "prompt") ||
               str_is(name, "furniture");
    return !seat->words->more && seat->words->count <= most;
}

static bool value_fits(const struct seat *seat, struct str value)
{
    struct str place;
    while (str_split(&value, '|', &place)) {
        struct str rest = str_trim(place), name;
        bool fits = rest.len > 0;
        while (fits && str_split(&rest, ' ', &name))
            fits = condition(seat, name);
        if (fits)
            return true;
    }
    return false;
}

/* A key of the list begins at word `first`, whose path is given, and its value fits. */
static bool fits_at(const struct text_lists *lists, const struct wordlist *list,
                    struct lexicon_path path, const struct seat *from,
                    struct str *value_out)
{
    struct seat seat = *from;
    for (;;) {
        struct str value;
        if (wordlist_take(list, path, STR_NONE, &value) && value_fits(&seat, value)) {
            *value_out = value;
            return true;
        }
        uint32_t next = seat.first + seat.count;
        if (next == seat.words->count || !wordlist_goes_on(list, path))
            return false;
        path = path_on(lists, path, word_text(seat.line, &seat.words->word[next]));
        seat.count++;
    }
}

/* A key of the list `within` stands somewhere in the line: the class it gives. */
static enum doc_drop within_class(const struct text_lists *lists, struct str line,
                                  const struct words *words)
{
    static const struct {
        const char *name;
        enum doc_drop drop;
    } classes[] = {
        {"teaser", DROP_TEASER}, {"prompt", DROP_PROMPT}, {"furniture", DROP_FURNITURE}};
    struct str value, name;
    if (lists->within == NULL || words->more)
        return DROP_NOT;
    for (uint32_t i = 0; i < words->count; i++) {
        struct seat seat = {line, words, i, 1};
        struct lexicon_path path = path_of(lists, word_text(line, &words->word[i]));
        if (fits_at(lists, lists->within, path, &seat, &value) &&
            str_split(&value, ' ', &name))
            for (size_t c = 0; c < sizeof classes / sizeof classes[0]; c++)
                if (str_is(name, classes[c].name))
                    return classes[c].drop;
    }
    return DROP_NOT;
}

static bool byline_is(const struct text_lists *lists, struct lexicon_path path,
                      const char *value)
{
    struct str found;
    return wordlist_take(lists->byline, path, STR_NONE, &found) && str_is(found, value);
}

/* A host name: its last part is in the list of domains. */
static bool is_host(struct str word, const struct text_lists *lists)
{
    const char *dot = word.len ? memrchr(word.ptr, '.', word.len) : NULL;
    if (dot == NULL || dot == word.ptr)
        return false;
    struct str end = str_from(word, (size_t)(dot - word.ptr) + 1);
    return wordlist_ends(lists->domain, path_of(lists, end));
}

uint32_t line_outlet(struct str line, const struct line_word *word,
                     const struct text_lists *lists)
{
    uint32_t at = word->begin, found = 0;
    struct line_word next;
    if (is_host(word_text(line, word), lists))
        return word->end;
    struct lexicon_path path = path_of(lists, word_text(line, word));
    while (line_word_next(line, &at, &next)) {
        if (next.begin != word->begin)
            path = path_on(lists, path, word_text(line, &next));
        if (byline_is(lists, path, "outlet"))
            found = next.end;
        if (!wordlist_goes_on(lists->byline, path))
            break;
        while (at < line.len && line.ptr[at] == ' ')
            at++;
    }
    return found;
}

bool line_is_insert(struct str inside, const struct text_lists *lists)
{
    const struct wordlist *const all[] = {lists->furniture, lists->teaser};
    uint32_t at = 0;
    struct line_word word;
    struct str value;
    if (!line_word_next(inside, &at, &word))
        return false;
    struct str first = word_text(inside, &word);
    const char *colon = memchr(first.ptr, ':', first.len); /* "Gambas:Video" */
    if (colon)
        first.len = (size_t)(colon - first.ptr);
    struct lexicon_path path = path_of(lists, first);
    for (unsigned i = 0; i < 2; i++)
        if (wordlist_take(all[i], path, STR_NONE, &value) &&
            str_find(value, STR("insert")) != (size_t)-1)
            return true;
    return false;
}

/* "Sabtu, 19 Oktober 2024 | 17:00 WIB": words of the list, numbers, and a clock time. */
static bool is_date_line(struct str line, const struct words *words,
                         const struct text_lists *lists)
{
    bool clock = false, month = false;
    if (words->more || words->count < DATE_WORDS || words->count > DATE_WORDS * 3)
        return false;
    for (uint32_t i = 0; i < words->count; i++) {
        struct str word = word_text(line, &words->word[i]);
        if ((unsigned)(word.ptr[0] - '0') < 10u) {
            clock |= memchr(word.ptr, ':', word.len) || memchr(word.ptr, '.', word.len);
            continue;
        }
        struct lexicon_path path = path_of(lists, word);
        bool is_month = byline_is(lists, path, "month");
        if (!is_month && !byline_is(lists, path, "date"))
            return false;
        month |= is_month;
    }
    return clock && month;
}

/* "Aprilo Ade Wismoyo Suara.com": names, then an outlet, and no more. */
static bool is_credit(struct str line, const struct words *words,
                      const struct text_lists *lists)
{
    if (words->more || words->count < 2 || words->count > CREDIT_WORDS)
        return false;
    for (uint32_t i = 0; i + 1 < words->count; i++)
        if (!words->word[i].capital ||
            (unsigned)(line.ptr[words->word[i].begin] - '0') < 10u)
            return false;
    const struct line_word *last = &words->word[words->count - 1];
    return last->end == line.len && is_host(word_text(line, last), lists);
}

bool line_is_teaser(struct str sentence, const struct text_lists *lists)
{
    struct words words;
    struct line_word first;
    struct str value;
    uint32_t at = 0;
    while (at < sentence.len && strchr("([ ", sentence.ptr[at]))
        at++;
    if (!line_word_next(sentence, &at, &first))
        return false;
    struct lexicon_path path = path_of(lists, word_text(sentence, &first));
    if (!wordlist_begins(lists->teaser, path))
        return false; /* nearly all end here, without being split */
    split(sentence, &words);
    struct seat seat = {sentence, &words, 0, 1};
    return words.count && fits_at(lists, lists->teaser, path, &seat, &value);
}

enum doc_drop line_class(struct str line, const struct text_lists *lists,
                         const char **cue_out)
{
    struct words words;
    struct str value;
    split(line, &words);
    if (words.count == 0) {
        *cue_out = "no words";
        return DROP_FURNITURE;
    }
    const struct {
        const struct wordlist *list;
        enum doc_drop drop;
        const char *name;
    } rules[] = {
        {lists->teaser, DROP_TEASER, "teaser"},
        {lists->prompt, DROP_PROMPT, "prompt"},
        {lists->furniture, DROP_FURNITURE, "furniture"},
        {lists->byline, DROP_BYLINE, "byline"},
    };
    struct seat seat = {line, &words, 0, 1};
    struct lexicon_path path = path_of(lists, word_text(line, &words.word[0]));
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (fits_at(lists, rules[i].list, path, &seat, &value)) {
            *cue_out = rules[i].name;
            return rules[i].drop;
        }
    enum doc_drop drop = within_class(lists, line, &words);
    if (drop != DROP_NOT) {
        *cue_out = "within";
        return drop;
    }
    if (is_date_line(line, &words, lists) || is_credit(line, &words, lists)) {
        *cue_out = "header";
        return DROP_BYLINE;
    }
    return DROP_NOT;
}
