#include "broker/settings.h"

#include "proto/wire/frame.h"

#define AT(member) offsetof(struct settings, member)

#define HOUR_MS (3600 * 1000)
#define MOST    ((uint64_t)1 << 50)

const struct option settings_option[] = {
    {"listen", 'l', OPTION_TEXT, AT(listen), "ADDRESS", FRAME_BASE_DEFAULT, 0, 0,
     "base address: tcp://HOST:PORT on a loopback host, or ipc://DIR"},
    {"journal", 'j', OPTION_TEXT, AT(journal), "URI", "lmdb:/var/lib/warta/journal", 0, 0,
     "where articles and facts are kept"},
    {"key", 0, OPTION_TEXT, AT(key), "FILE", NULL, 0, 0,
     "this broker's secret key; with it only keys of the allow list get in"},
    {"allow", 0, OPTION_TEXT, AT(allow), "FILE", NULL, 0, 0,
     "who may do what: a line ROLE NAME PUBLIC-KEY each"},
    {"insecure-loopback", 0, OPTION_FLAG, AT(insecure_loopback), NULL, NULL, 0, 0,
     "without keys, let any user of this machine in by TCP"},
    {"connections", 0, OPTION_U64, AT(connections), "N", "1024", 1, 1 << 20,
     "have descriptors for so many"},
    {"map-size", 0, OPTION_BYTES, AT(map_bytes), "BYTES", "64G", 1 << 20, MOST,
     "most the journal's file may grow to"},
    {"retain-age", 0, OPTION_MS, AT(retain_age_ms), "TIME", NULL, 0, MOST,
     "drop what is older, save what is unread (0: keep)"},
    {"retain-bytes", 0, OPTION_BYTES, AT(retain_bytes), "BYTES", NULL, 0, MOST,
     "drop the oldest while the journal is larger (0: keep)"},
    {"retain-most", 0, OPTION_BYTES, AT(retain_most_bytes), "BYTES", NULL, 0, MOST,
     "beyond it drop what a named consumer has not read, too (0: 9/10 of map-size)"},
    {"drop-unread", 0, OPTION_FLAG, AT(drop_unread), NULL, NULL, 0, 0,
     "drop what a named consumer has not read as anything else"},
    {"queue-articles", 0, OPTION_U64, AT(queue_articles), "N", "1000000", 1, MOST,
     "unread articles beyond which feeders are told busy"},
    {"queue-bytes", 0, OPTION_BYTES, AT(queue_bytes), "BYTES", "4G", 1, MOST,
     "the same in bytes, from the mean size of articles"},
    {"beat", 0, OPTION_MS, AT(beat_ms), "TIME", "500ms", 10, HOUR_MS,
     "a sign of life to workers and consumers at least so often"},
    {"dead", 0, OPTION_MS, AT(dead_ms), "TIME", "3s", 20, HOUR_MS,
     "a worker or consumer silent for so long is gone"},
    {"lease", 0, OPTION_MS, AT(lease_ms), "TIME", "60s", 20, 24 * HOUR_MS,
     "an article must have been read within"},
    {"deaths", 0, OPTION_U64, AT(deaths), "N", "2", 1, 1000,
     "workers that may die of an article before it is a dead letter"},
    {"failures", 0, OPTION_U64, AT(failures), "N", "3", 1, 1000,
     "times an article may fail before it is a dead letter"},
    {"worker-failures", 0, OPTION_U64, AT(worker_failures), "N", "8", 0, 1000000,
     "failures in a row after which a worker is benched (0: never)"},
    {"idle-flush", 0, OPTION_MS, AT(idle_flush_ms), "TIME", "50ms", 1, 10000,
     "what nobody waits for is made durable within"},
    {"drain", 0, OPTION_MS, AT(drain_ms), "TIME", "5s", 0, HOUR_MS,
     "at the end wait so long for the articles workers have in hand"},
    {"ready-fd", 0, OPTION_U64, AT(ready_fd), "FD", NULL, 3, 65535,
     "write a newline to this descriptor when ready"},
    {"check-journal", 0, OPTION_TEXT, AT(check_journal), "URI", NULL, 0, 0,
     "verify this journal offline, print what is wrong, and exit"},
    {0},
};
