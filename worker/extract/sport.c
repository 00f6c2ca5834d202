#include "worker/extract/sport.h"

/* A text with this many words of list eventsport, and at least one in so many sentences,
 * is a report on sports. */
#define SPORT_LEAST     4
#define SPORT_SENTENCES 3

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
