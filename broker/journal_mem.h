#ifndef BROKER_JOURNAL_MEM_H
#define BROKER_JOURNAL_MEM_H

/* Seams of the "mem:" journal, for tests and for the simulator. All of them want a
 * journal opened as "mem:". */

#include "broker/journal.h"

/* The next flush that has something to make durable fails with `error` (negative). */
void journal_mem_fail_flush(struct journal *journal, int error);

/* A power cut and a restart: what no flush held is gone, nothing is taken, nothing
 * settles any more. Works on a degraded journal too, which is whole again afterwards. */
void journal_mem_crash(struct journal *journal);

/* Stamp appended entries with this time from now on, in place of the wall clock. */
void journal_mem_set_ms(struct journal *journal, uint64_t wall_ms);

/* The entry's bytes no longer fit its checksum. */
void journal_mem_damage(struct journal *journal, enum journal_stream stream,
                        uint64_t seq);

#endif
