#ifndef WORKER_FEED_FEEDER_H
#define WORKER_FEED_FEEDER_H

/* What every feeder is told of its broker: settings, and the rows of its option table. */

#include "proto/client/put.h"
#include "proto/wire/frame.h"

struct feeder {
    const char *broker, *feed, *lane;
    struct identity identity;
};

#define FEEDER_OPTIONS(type, member)                                                     \
    {"broker",           'b', OPTION_TEXT, offsetof(type, member.broker), "ADDRESS",     \
     FRAME_BASE_DEFAULT, 0,   0,           "base address of the broker, or of several"},                 \
        IDENTITY_OPTIONS(type, member.identity),                                         \
        {"feed",                                                                         \
         0,                                                                              \
         OPTION_TEXT,                                                                    \
         offsetof(type, member.feed),                                                    \
         "NAME",                                                                         \
         NULL,                                                                           \
         0,                                                                              \
         0,                                                                              \
         "the feed these articles belong to, where the broker asks for no keys"},        \
    {                                                                                    \
        "lane", 0, OPTION_TEXT, offsetof(type, member.lane), "LANE", NULL, 0, 0,         \
            "live, or backfill for what can wait"                                        \
    }

#endif
