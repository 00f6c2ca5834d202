#ifndef TESTS_UNIT_FAKE_BROKER_H
#define TESTS_UNIT_FAKE_BROKER_H

/* A broker played by a test: a ROUTER socket whose answers are written out one by one. */

#include "tests/support/check.h"

#include "proto/base/clock.h"
#include "proto/wire/frame.h"
#include "proto/wire/message.h"

struct fake {
    char *dir;
    char base[200];
    void *context, *socket;
    struct frames in; /* routing id, command, ... */
    struct arena arena;
    struct buf buf;
};

/* cmocka's setup and teardown: a `struct fake` with an ipc address of its own. */
int fake_make(void **state);
int fake_end(void **state);
#define FAKE_TEST(name) cmocka_unit_test_setup_teardown(name, fake_make, fake_end)

void fake_start(struct fake *fake, enum frame_endpoint which);
void fake_stop(struct fake *fake);

/* Did the peer say this, within wait_ms? BEATs between are passed over. */
bool fake_hears(struct fake *fake, const char *command, int wait_ms);

/* Answer the peer heard last: command, then the frames that are not absent. */
void fake_say(struct fake *fake, const char *command, struct str head, struct str first,
              struct str second);
void fake_say_hello(struct fake *fake, uint64_t dead_ms, uint64_t last);
/* The same, naming the broker's run. */
void fake_say_hello_of(struct fake *fake, const char *broker, uint64_t dead_ms,
                       uint64_t last);

/* A head as msgpack: borrowed until the next. */
struct str fake_pack(struct fake *fake, const struct record_table *table,
                     const void *head);

#endif
