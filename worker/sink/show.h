#ifndef WORKER_SINK_SHOW_H
#define WORKER_SINK_SHOW_H

/* Facts as lines for people: who, what number, who says so, and the evidence.
 *
 *     contoh.example  Banjir Rendam 11 Desa di Demak  2025-02-08
 *       quantity  at least 3400 jiwa  says Slamet Wibisono
 *                 “Sedikitnya 3.400 jiwa”
 *
 * Text from outside is shown with control characters (and bidirectional ones) made
 * visible, so that no headline can move the cursor or recolour the screen. */

#include "proto/base/buf.h"
#include "proto/wire/fact.h"

struct show_options {
    bool colour;      /* ANSI colours */
    unsigned columns; /* evidence is cut to this width in bytes; 0: never */
};

/* Append the line that says which article the facts below it are of; any of its records
 * will do, the article record knows its title. */
void show_heading(const struct show_options *options, const struct fact *fact,
                  struct buf *out);

/* Append the lines of one record (of the article record: the heading). */
void show_fact(const struct show_options *options, const struct fact *fact,
               struct buf *out);

#endif
