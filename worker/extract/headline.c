/* Headlines, in which all words are capitalised, and datelines, which name no entity. */

#include "worker/extract/names.h"

/* Shortest sentence that can be a headline, and the share of its words (of ten) that are
 * then written large. */
#define HEADLINE_WORDS  5
#define HEADLINE_TENTHS 7
/* Longest dateline: two places, an outlet and their punctuation. */
#define DATELINE_TOKENS 12
bool names_headline(struct names *names, const struct sentence *sentence)
{
    uint32_t words = 0, large = 0, common = 0;
    for (uint32_t i = sentence->first; i < sentence->end; i++) {
        if (names->doc->tokens.item[i].kind != TOKEN_WORD)
            continue;
        words++;
        if (names_large(names, i, sentence->end)) {
            large++;
            common += i > sentence->first && names_common(names, i);
        }
    }
    /* a headline has no full stop */
    return words >= HEADLINE_WORDS && large * 10 >= words * HEADLINE_TENTHS &&
           common >= 2 && !str_is(names->doc->tokens.item[sentence->end - 1].text, ".");
}

/* "Jakarta, CNBC Indonesia -", "Lampung Barat (ANTARA) -": the token behind, or `first`.
 */
uint32_t names_dateline_end(struct names *names, uint32_t index)
{
    const struct sentence *sentence = &names->doc->sentences.item[index];
    const struct token *token = names->doc->tokens.item;
    uint32_t stop = sentence->end, at = sentence->first;
    struct gazetteer_entry entry;
    bool outlet = false, place = false;
    if (stop - at > DATELINE_TOKENS)
        stop = at + DATELINE_TOKENS;
    /* bad scrapes turn the dash into a question mark */
    bool cut =
        index + 1 < names->doc->sentences.count && sentence[1].drop == DROP_BYLINE &&
        sentence[1].span.begin <= sentence->span.end + 1 && /* the outlet cut off */
        names->doc->text.ptr[sentence->span.end] != '\n';
    while (at < stop && token[at].mark != MARK_DASH && !str_is(token[at].text, "?")) {
        uint32_t count = gazetteer_match(&names->gazetteer, names->doc, at, stop, &entry);
        outlet |= count && entry.type == ENTITY_ORG;
        place |= count && entry.type == ENTITY_GPE;
        if (count == 0 && memchr(token[at].text.ptr, '.', token[at].text.len - 1)) {
            outlet = true; /* a site */
            count = 1;
        }
        if (count == 0 && token[at].kind == TOKEN_WORD && token[at].shape != SHAPE_UPPER)
            return sentence->first;
        at += count ? count : 1;
    }
    if (cut && at == sentence->end && place)
        return at;
    bool ends = at < stop && (outlet || place) &&
                (token[at].space_before || (at + 1 < stop && token[at + 1].space_before));
    return ends && (outlet || at == sentence->first + 1) ? at + 1 : sentence->first;
}
