#include "worker/learn/feature.h"

#define HASH_BASIS 0x811c9dc5u /* FNV-1a, 32 bits */
#define HASH_PRIME 0x01000193u

#define SIGN_BYTES 3 /* of the longest sign that is known */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* Letters that are not ASCII count as small ones: good enough for a class. */
static uint8_t shape_of(struct str form)
{
    unsigned small = 0, capital = 0, digit = 0, hyphen = 0;
    for (size_t i = 0; i < form.len; i++) {
        char c = form.ptr[i];
        capital += is_capital(c);
        small += is_small(c) || (unsigned char)c >= 0xc3;
        digit += is_digit(c);
        hyphen += c == '-' && i > 0 && i + 1 < form.len;
    }
    unsigned shape = FEATURE_MIXED;
    if (digit)
        shape = small || capital ? FEATURE_DIGITS : FEATURE_NUMBER;
    else if (small == 0 && capital == 0)
        shape = FEATURE_SIGN;
    else if (capital == 0)
        shape = FEATURE_LOWER;
    else if (small == 0)
        shape = FEATURE_UPPER;
    else if (capital == 1 && is_capital(form.ptr[0]))
        shape = FEATURE_CAPITAL;
    return (uint8_t)(shape + (hyphen ? FEATURE_HYPHEN : 0));
}

static uint8_t sign_of(struct str form)
{
    static const struct {
        const char *form;
        uint8_t sign;
    } signs[] = {
        {".", SIGN_STOP},       {",", SIGN_COMMA},         {":", SIGN_COLON},
        {";", SIGN_SEMICOLON},  {"-", SIGN_DASH},          {"--", SIGN_DASH},
        {"–", SIGN_DASH},       {"—", SIGN_DASH},          {"/", SIGN_SLASH},
        {"?", SIGN_END},        {"!", SIGN_END},           {"…", SIGN_END},
        {"...", SIGN_END},      {"(", SIGN_ROUND},         {")", SIGN_ROUND + 1},
        {"[", SIGN_SQUARE},     {"]", SIGN_SQUARE + 1},    {"“", SIGN_CURLED},
        {"”", SIGN_CURLED + 1}, {"‘", SIGN_CURLED_SINGLE}, {"’", SIGN_CURLED_SINGLE + 1},
        {"«", SIGN_ANGLED},     {"»", SIGN_ANGLED + 1},    {"\"", SIGN_DOUBLE},
        {"'", SIGN_SINGLE}};
    if (form.len == 0 || form.len > SIGN_BYTES || is_small(form.ptr[0]) ||
        is_capital(form.ptr[0]) || is_digit(form.ptr[0]))
        return SIGN_NONE;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (str_is(form, signs[i].form))
            return signs[i].sign;
    return SIGN_OTHER;
}

static uint32_t step(uint32_t hash, char c)
{
    return (hash ^ (unsigned char)(is_digit(c) ? '0' : c)) * HASH_PRIME;
}

void feature_word(struct feature_word *out, struct str form, struct str lower)
{
    uint32_t hash = HASH_BASIS;
    size_t affix = lower.len < FEATURE_AFFIX ? lower.len : FEATURE_AFFIX;
    *out = (struct feature_word){.shape = shape_of(form)};
    out->sign = sign_of(form);
    for (size_t i = 0; i < affix; i++)
        out->prefix[i] = hash = step(hash, lower.ptr[i]);
    for (size_t i = affix; i < lower.len; i++)
        hash = step(hash, lower.ptr[i]);
    out->lower = hash;
    hash = HASH_BASIS;
    for (size_t i = 0; i < affix; i++)
        out->suffix[i] = hash = step(hash, lower.ptr[lower.len - 1 - i]);
}

void feature_word_outside(struct feature_word *out, uint32_t place)
{
    *out = (struct feature_word){
        .lower = place, .coarse = (uint16_t)place, .fine = (uint16_t)place};
}
