#ifndef WORKER_EXTRACT_SPORT_H
#define WORKER_EXTRACT_SPORT_H

#include "worker/text/doc.h"

/* Whether the text is a report on sports: words of list eventsport are frequent. There
 * attack and defence are play, and towns stand for their clubs. */
bool sport_report(struct doc *doc);

/* The sentence is a list of players: "Leno; Bellerin, Luiz; Saka". */
bool sport_roster(struct doc *doc, const struct sentence *sentence);

#endif
