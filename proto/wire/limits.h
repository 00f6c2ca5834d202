#ifndef PROTO_WIRE_LIMITS_H
#define PROTO_WIRE_LIMITS_H

/* Every maximum in the system, with its reason. A size that came from outside is checked
 * against these before anything is allocated for it. */

/* An id is a journal key (LMDB allows 511 bytes with the stock build) and is shown in
 * logs. */
#define LIMIT_ID_BYTES 256
/* The longest real article in a day of news is under 200 kB; 1 MiB leaves room for
 * transcripts, and bounds what one document may cost a worker. */
#define LIMIT_TEXT_BYTES (1024 * 1024)
/* url, title, source, author and the like. */
#define LIMIT_FIELD_BYTES 4096
/* One article record: text, fields, and room for its map. */
#define LIMIT_ARTICLE_BYTES (LIMIT_TEXT_BYTES + 64 * 1024)
/* One entry: the article again, and its facts. */
#define LIMIT_ENTRY_BYTES (4 * 1024 * 1024)
/* Facts of one article; the densest real page seen has a few hundred. */
#define LIMIT_FACTS 8192
/* Articles in one PUT or JOB, entries in one DONE or FACT: packing beyond this gains
 * nothing. */
#define LIMIT_BATCH 256
/* Bytes of such a batch: a batch is held in memory on both sides. */
#define LIMIT_BATCH_BYTES (4 * 1024 * 1024)
/* One frame from a peer (ZMQ_MAXMSGSIZE): the biggest legal one is an entry. */
#define LIMIT_FRAME_BYTES LIMIT_ENTRY_BYTES
/* Frames of one message: routing id, command, head, batch. */
#define LIMIT_FRAMES (LIMIT_BATCH + 4)
/* Head maps and commands other than batches. */
#define LIMIT_HEAD_BYTES (64 * 1024)
/* Nesting of msgpack: an entry is array > record > map > list > span = 5; 8 leaves room.
 */
#define LIMIT_DEPTH 8
/* Objects in one frame: 8,192 facts of some 60 objects would be a 4 MiB entry. */
#define LIMIT_OBJECTS (512 * 1024)
/* Keys of the maps that are open at one place of a frame, together: they are compared
 * pairwise, without a table. The biggest map we write has 30. */
#define LIMIT_MAP_KEYS 128
/* Strings or spans in one list: a megabyte of text at 16 bytes a sentence. (Lists of
 * records are batches: LIMIT_BATCH.) */
#define LIMIT_LIST (64 * 1024)
/* A feeder's tag, echoed in the answer. */
#define LIMIT_TAG_BYTES 64
/* Values a consumer may list per filter. */
#define LIMIT_FILTER 64
/* Peers of one kind the broker keeps; beyond it new ones are refused. */
#define LIMIT_PEERS 1024
/* Articles a worker may ask for at a time. */
#define LIMIT_CREDIT 1024
/* A line of JSON Lines input: an article whose every byte is escaped as \u00xx. */
#define LIMIT_JSON_LINE_BYTES (8 * 1024 * 1024)
/* Nesting of JSON input. */
#define LIMIT_JSON_DEPTH 32

#endif
