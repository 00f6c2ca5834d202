#include "worker/lang/id/id.h"

/* Indonesian morphology. A form is looked up among the exceptions and the roots; then
 * affixes are taken off and what is left must be a root. Order: no enclitic before one,
 * fewer affixes before more. Where no root is found, only what has the shape of a verb
 * beyond doubt (meng-…-kan, di-…-kan) is said to be one; the lemma is the form. */

#define FORM_BYTES 64 /* longer forms are no words */
#define ROOT_LEAST 3
#define DEPTH_MOST 2 /* derivations inside one another: ke- (ber- ada) -an */

struct forms {
    const struct wordlist *root, *exception;
    struct arena *arena;
};

/* Where the affixes of one derivation stand. nasal: the prefix changes the root's first
 * sound (me-, pe-). */
struct rule {
    struct str prefix, suffix;
    bool nasal;
    char voice;
    bool noun;
    bool inner; /* the stem may be derived itself */
};

/* With its length, which a loop over all rules would otherwise count each time. */
#define AFFIX(text)                                                                      \
    {                                                                                    \
        (text), sizeof(text) - 1                                                         \
    }
static const struct rule rules[] = {
    {AFFIX("me"), AFFIX(""), true, 'a', false, false},
    {AFFIX("di"), AFFIX(""), false, 'p', false, false},
    {AFFIX("ber"), AFFIX(""), false, 'm', false, true},
    {AFFIX("ter"), AFFIX(""), false, 'p', false, false},
    {AFFIX("me"), AFFIX("kan"), true, 'a', false, true},
    {AFFIX("me"), AFFIX("i"), true, 'a', false, false},
    {AFFIX("di"), AFFIX("kan"), false, 'p', false, true},
    {AFFIX("di"), AFFIX("i"), false, 'p', false, false},
    {AFFIX("ter"), AFFIX("kan"), false, 'p', false, false},
    {AFFIX("ter"), AFFIX("i"), false, 'p', false, false},
    {AFFIX("memper"), AFFIX(""), false, 'a', false, false},
    {AFFIX("memper"), AFFIX("kan"), false, 'a', false, false},
    {AFFIX("memper"), AFFIX("i"), false, 'a', false, false},
    {AFFIX("diper"), AFFIX(""), false, 'p', false, false},
    {AFFIX("diper"), AFFIX("kan"), false, 'p', false, false},
    {AFFIX("diper"), AFFIX("i"), false, 'p', false, false},
    {AFFIX("per"), AFFIX("an"), false, 0, true, false},
    {AFFIX("pe"), AFFIX("an"), true, 0, true, true},
    {AFFIX("pe"), AFFIX(""), true, 0, true, false},
    {AFFIX("pe"), AFFIX(""), false, 0, true, false},
    {AFFIX("pe"), AFFIX("an"), false, 0, true, false},
    {AFFIX("ke"), AFFIX("an"), false, 0, true, true},
    {AFFIX("ber"), AFFIX("an"), false, 'm', false, false},
    {AFFIX("ber"), AFFIX("kan"), false, 'm', false, false},
    {AFFIX("be"), AFFIX(""), false, 'm', false, false},
    {AFFIX("te"), AFFIX(""), false, 'p', false, false},
    {AFFIX("se"), AFFIX(""), false, 0, false, false},
    {AFFIX(""), AFFIX("an"), false, 0, true, false},
    {AFFIX(""), AFFIX("kan"), false, 'p', false, false},
    {AFFIX(""), AFFIX("i"), false, 'p', false, false},
    {AFFIX("memp"), AFFIX("kan"), false, 'a', false, false},
    {AFFIX("di"), AFFIX("an"), false, 0, false, false},
};

static const struct str enclitics[] = {AFFIX("nya"), AFFIX("lah"), AFFIX("kah"),
                                       AFFIX("pun"), AFFIX("ku"),  AFFIX("mu")};

static bool is_vowel(char c)
{
    return c && strchr("aeiou", c);
}

static bool derive(const struct forms *f, struct str form, unsigned depth,
                   struct lang_word *out);

/* The stem is a root, or (inner) a derived word, whose root it then is. */
static bool settle(const struct forms *f, struct str stem, const struct rule *rule,
                   unsigned depth, struct lang_word *out)
{
    struct str kind = STR_NONE;
    if (stem.len < ROOT_LEAST)
        return false;
    if (wordlist_get(f->root, stem, &kind)) {
        bool superlative = str_is(kind, "a") && str_is(rule->prefix, "ter");
        out->lemma = stem;
        out->voice = superlative ? 0 : rule->voice;
        out->noun = rule->noun;
        return true;
    }
    struct lang_word inner = {0};
    if (!rule->inner || depth + 1 >= DEPTH_MOST || !derive(f, stem, depth + 1, &inner))
        return false;
    out->lemma = inner.lemma;
    out->voice = rule->voice;
    out->noun = rule->noun;
    return true;
}

/* The stem with another first sound in place of `taken` bytes. */
static bool settle_with(const struct forms *f, const char *first, struct str rest,
                        const struct rule *rule, struct lang_word *out)
{
    char stem[FORM_BYTES + 4];
    size_t len = strlen(first);
    memcpy(stem, first, len);
    memcpy(stem + len, rest.ptr, rest.len);
    if (!settle(f, str_make(stem, len + rest.len), rule, DEPTH_MOST, out))
        return false;
    out->lemma = arena_str(f->arena, out->lemma);
    return true;
}

/* What stands behind me- or pe-: meng- before vowels, g, h, k; men- before d, c, j, t;
 * mem- before b, f, p; meny- before s; me- before the rest. k, t, p, s go. */
static bool settle_nasal(const struct forms *f, struct str rest, const struct rule *rule,
                         unsigned depth, struct lang_word *out)
{
    if (rest.len < ROOT_LEAST)
        return false;
    if (str_starts(rest, STR("ng"))) {
        struct str stem = str_from(rest, 2);
        return settle(f, stem, rule, depth, out) ||
               settle_with(f, "k", stem, rule, out) ||
               (stem.len > 1 && stem.ptr[0] == 'e' &&
                settle(f, str_from(stem, 1), rule, depth, out));
    }
    if (str_starts(rest, STR("ny")))
        return settle_with(f, "s", str_from(rest, 2), rule, out) ||
               settle(f, rest, rule, depth, out);
    if (rest.ptr[0] == 'm') {
        struct str stem = str_from(rest, 1);
        return settle(f, rest, rule, depth, out) ||
               (!is_vowel(stem.ptr[0]) && settle(f, stem, rule, depth, out)) ||
               (is_vowel(stem.ptr[0]) && settle_with(f, "p", stem, rule, out));
    }
    if (rest.ptr[0] == 'n') {
        struct str stem = str_from(rest, 1);
        return settle(f, rest, rule, depth, out) ||
               (!is_vowel(stem.ptr[0]) && settle(f, stem, rule, depth, out)) ||
               (is_vowel(stem.ptr[0]) && settle_with(f, "t", stem, rule, out));
    }
    return strchr("lrwy", rest.ptr[0]) && settle(f, rest, rule, depth, out);
}

static bool apply(const struct forms *f, struct str form, const struct rule *rule,
                  unsigned depth, struct lang_word *out)
{
    struct str prefix = rule->prefix, suffix = rule->suffix;
    if (prefix.len && prefix.ptr[0] != form.ptr[0]) /* most rules end here */
        return false;
    if (form.len < prefix.len + suffix.len + ROOT_LEAST || !str_starts(form, prefix) ||
        !str_ends(form, suffix))
        return false;
    struct str stem = str_slice(form, prefix.len, form.len - suffix.len);
    return rule->nasal ? settle_nasal(f, stem, rule, depth, out)
                       : settle(f, stem, rule, depth, out);
}

static bool derive(const struct forms *f, struct str form, unsigned depth,
                   struct lang_word *out)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (apply(f, form, &rules[i], depth, out))
            return true;
    return false;
}

/* Value of the list of exceptions: lemma, kind, enclitic. */
static void read_exception(const struct forms *f, struct str value, struct lang_word *out)
{
    struct str lemma, kind = STR_NONE;
    str_split(&value, ' ', &lemma);
    str_split(&value, ' ', &kind);
    out->clitic = value;
    out->noun = str_is(kind, "n");
    if (str_is(kind, "a") || str_is(kind, "p") || str_is(kind, "m"))
        out->voice = kind.ptr[0];
    out->lemma = lemma;
    if (memchr(lemma.ptr, '_', lemma.len)) {
        char *copy = arena_alloc(f->arena, lemma.len);
        for (size_t i = 0; i < lemma.len; i++)
            copy[i] = lemma.ptr[i] == '_' ? ' ' : lemma.ptr[i];
        out->lemma = str_make(copy, lemma.len);
    }
}

static bool read_whole(const struct forms *f, struct str form, struct lang_word *out)
{
    struct str value;
    if (wordlist_get(f->exception, form, &value) && value.ptr) {
        read_exception(f, value, out);
        return true;
    }
    if (wordlist_get(f->root, form, NULL)) {
        out->lemma = form;
        return true;
    }
    return derive(f, form, 0, out);
}

/* Enclitics stand one behind the other: buku-nya-lah. Two at most. */
static bool read_with_enclitic(const struct forms *f, struct str form,
                               struct lang_word *out)
{
    struct str stem = form;
    for (unsigned turn = 0; turn < 2; turn++) {
        bool cut = false;
        for (size_t i = 0; i < sizeof enclitics / sizeof enclitics[0] && !cut; i++) {
            struct str clitic = enclitics[i];
            if (stem.len >= clitic.len + ROOT_LEAST && str_ends(stem, clitic)) {
                stem.len -= clitic.len;
                cut = true;
            }
        }
        if (!cut)
            return false;
        if (read_whole(f, stem, out)) {
            out->clitic = str_from(form, stem.len);
            return true;
        }
    }
    return false;
}

/* negara-negara, anak-anaknya, berlari-lari, tembak-menembak, melambai-lambaikan */
static bool read_doubled(const struct forms *f, struct str form, struct lang_word *out)
{
    const char *dash = memchr(form.ptr, '-', form.len);
    struct lang_word left = {0}, right = {0};
    if (dash == NULL)
        return false;
    struct str a = str_make(form.ptr, (size_t)(dash - form.ptr));
    struct str b = str_from(form, a.len + 1);
    if (a.len == 0 || b.len == 0)
        return false;
    bool known = read_whole(f, a, &left);
    if (str_eq(a, b)) {
        left.lemma = known ? left.lemma : a;
        *out = left;
        return true;
    }
    if (str_starts(b, a) && b.len - a.len >= 2 && b.len - a.len <= 3) {
        *out = left;
        out->lemma = known ? left.lemma : a;
        if (str_is(str_from(b, a.len), "an"))
            out->noun = true;
        else
            out->clitic = str_from(b, a.len);
        return true;
    }
    if (!known)
        return false;
    bool also = read_whole(f, b, &right) || read_with_enclitic(f, b, &right);
    if (!also || !str_eq(left.lemma, right.lemma))
        return false;
    *out = left;
    out->clitic = right.clitic;
    if (left.voice == 0 && right.voice) /* tembak-menembak: each the other */
        out->voice = right.voice == 'a' ? 'm' : right.voice;
    return true;
}

/* Nothing is known of the root: the shapes that only verbs have. */
static char guess_voice(struct str form)
{
    static const char *const active[] = {"meng", "meny", "mem", "men"};
    bool suffix = str_ends(form, STR("kan"));
    if (form.len < 8 || memchr(form.ptr, '-', form.len))
        return 0;
    for (size_t i = 0; i < sizeof active / sizeof active[0]; i++)
        if (str_starts(form, str_of(active[i])) && (suffix || i < 2))
            return 'a';
    return str_starts(form, STR("di")) && suffix ? 'p' : 0;
}

void lang_id_analyse(const struct lang *lang, struct str form, struct arena *arena,
                     struct lang_word *out)
{
    const struct forms f = {
        .root = lang->root, .exception = lang->exception, .arena = arena};
    *out = (struct lang_word){.lemma = form};
    if (form.len < ROOT_LEAST || form.len > FORM_BYTES)
        return;
    if (read_whole(&f, form, out) || read_doubled(&f, form, out) ||
        read_with_enclitic(&f, form, out))
        return;
    *out = (struct lang_word){.lemma = form, .voice = guess_voice(form)};
}
