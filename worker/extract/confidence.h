#ifndef WORKER_EXTRACT_CONFIDENCE_H
#define WORKER_EXTRACT_CONFIDENCE_H

/* Calibration. Rules give a fact the confidence their author thought right, less where
 * the case at hand is unsure. How often they are right is counted
 * (tests/eval/calibrate.py) and kept in the pack's list `confidence`:
 *
 *     time.word<TAB>0.931 0.900 19/21 5/5
 *     time<TAB>0.902 0.861 76/83 29/30
 *
 * Key: a rule, or a kind for those of its rules that are not in the list. Value: the
 * share that is right; the mean that the rule gave; and for people the counts. The odds
 * of each fact are changed by the factor that takes the mean to the share, so that what a
 * rule says of one fact against another stays. */

#include "proto/wire/fact.h"
#include "worker/text/lexicon.h"

/* Never quite sure, either way. */
#define CONFIDENCE_LEAST 0.02
#define CONFIDENCE_MOST  0.99

/* Of fact.kind, fact.rule and fact.confidence, the confidence to publish; that itself
 * where the list (which may be NULL) has neither rule nor kind, or is not readable. */
double confidence_calibrate(const struct wordlist *list, const struct fact *fact);

#endif
