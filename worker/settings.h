#ifndef WORKER_SETTINGS_H
#define WORKER_SETTINGS_H

/* Defaults and ranges that `warta worker` and `warta extract` share. */

/* One document may use so much memory. The longest text that the line takes
 * (LIMIT_TEXT_BYTES) needs 100 MB if it is news, and twice that if it is made of nothing
 * but names; a usual article needs less than one. */
#define SETTINGS_MEMORY       "256M"
#define SETTINGS_MEMORY_LEAST (1 << 20)
#define SETTINGS_MEMORY_MOST  ((uint64_t)4 << 30)

/* And so much time of a processor; a usual article needs a few milliseconds. */
#define SETTINGS_DEADLINE       "2s"
#define SETTINGS_DEADLINE_LEAST 1
#define SETTINGS_DEADLINE_MOST  (3600 * 1000)

/* A document that passes its deadline so many times over without ever looking at the
 * clock hangs: its process is ended. */
#define SETTINGS_HANG_TIMES 5

#define SETTINGS_JOBS_MOST 1024

#endif
