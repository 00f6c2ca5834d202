#include "worker/extract/sport.h"

/* A text with this many words of list eventsport, and at least one in so many sentences,
 * is a report on sports. */
#define SPORT_LEAST     4
#define SPORT_SENTENCES 3

/* Words of the shortest list of players, of which one in so many may be written small. */
#define ROSTER_WORDS 10
#define ROSTER_SMALL 10

bool sport_report(struct doc *doc)
{
    const struct wordlist *sport = lexicon_list(doc->lang->lexicon, "eventsport");
    uint32_t hits = 0, sentences = 0;
    for (uint32_t s = 0; s < doc->sentences.count; s++) {
        const struct sentence *sentence = &doc->sentences.item[s];
        if (sentence->drop != DROP_NOT)
            continue;
        sentences++;
        for (uint32_t i = sentence->first; i < sentence->end; i++)
            hits += doc_match(doc, sport, i, sentence->end, NULL) > 0;
    }
    return hits >= SPORT_LEAST && hits * SPORT_SENTENCES >= sentences;
}

bool sport_roster(const struct doc *doc, const struct sentence *sentence)
{
    uint32_t words = 0, small = 0, marks = 0;
    const uint32_t most = (sentence->end - sentence->first) / ROSTER_SMALL;
    for (uint32_t i = sentence->first; i < sentence->end && small <= most; i++) {
        const struct token *token = &doc->tokens.item[i];
        words += token->kind == TOKEN_WORD;
        small += token->kind == TOKEN_WORD && token->shape <= SHAPE_LOWER;
        marks += token->kind == TOKEN_PUNCT;
    }
    return words >= ROSTER_WORDS && small * ROSTER_SMALL <= words && marks * 2 >= words;
}
