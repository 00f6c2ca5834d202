#ifndef WORKER_SINK_WEB_API_H
#define WORKER_SINK_WEB_API_H

/* Every path of `warta web` and what is answered there; page/openapi.json says it to others. */

#include "worker/sink/web.h"

struct sqlite3;
struct sqlite3_stmt;

/* What stands in a fact of the API; the column 0 is seq. */
#define WEB_FACT_COLUMNS                                                                 \
    "f.seq, f.n, f.kind, f.id, f.sentence, f.sentence_begin AS _sb, "                    \
    "f.sentence_end AS _se, f.span_begin, f.span_end, f.text, f.confidence, f.day, "     \
    "f.type, f.name, f.country, f.time, f.place, f.modality, f.source_name, "            \
    "f.source_text, f.source_cue, f.source_via, f.value, f.low, f.high, f.bound, "       \
    "f.unit, f.noun, f.holder, f.about, f.change, f.speaker, f.speaker_text, f.direct, " \
    "f.cue, f.content_begin, f.content_end, f.person, f.title, f.organisation, "         \
    "f.former, f.trigger_begin, f.trigger_end, f.lemma, f.actors, f.targets, "           \
    "f.actor_text, f.target_text, f.object, a.id AS article, a.url, a.source, "          \
    "a.title AS headline, a.published, a.text AS _text"

/* A row of these columns as an object, with its position and its sentence. */
void web_api_fact(struct sqlite3_stmt *statement, struct buf *out);

/* Answer a request; db is NULL while there is no store. Always fills *answer. */
void web_api_answer(struct web *web, struct sqlite3 *db, const struct web_request *request,
                    struct web_answer *answer);
/* {"error": code, "text": what is wrong} */
void web_api_refuse(struct web_answer *answer, unsigned status, const char *code,
                    const char *text);

#endif
