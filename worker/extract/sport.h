#ifndef WORKER_EXTRACT_SPORT_H
#define WORKER_EXTRACT_SPORT_H

#include "worker/text/doc.h"

/* Whether the text is a report on sports: words of list eventsport are frequent. There
 * attack and defence are play, and towns stand for their clubs. */
bool sport_report(struct doc *doc);

/* The sentence is, in a report on sports, a list of players: "Leno; Bellerin, Luiz". */
bool sport_roster(const struct doc *doc, const struct sentence *sentence);

#endif
