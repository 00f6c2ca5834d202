#ifndef TESTS_FUZZ_DOOR_H
#define TESTS_FUZZ_DOOR_H

/* A broker's line (broker/line.h) over a journal in memory, spoken to by a script: the
 * input of a fuzz target is a list of messages, turns, failures and restarts. Whatever is
 * said, what comes out keeps the specs in proto, and afterwards the journal holds
 * together.
 *
 * An op is one byte, then what it takes:
 *
 *   0 to 9   a message: who (u8: 3 peers, 5 keys or none), frames (u8, at most 8), then
 *            each frame: a kind (u8) with
 *              0  length u8, bytes          4  entry of lease u8, changed at u16 by u8
 *              1  a command's number u8     5  READY's head with credit u8
 *              2  jobs of leases u8 to u8   6  FROM's head: from u8, credit u8, name u8
 *              3  article of number u8      7  length u16, bytes
 *   10, 11   a turn, u8 * 16 ms later
 *   12       the next flush fails
 *   13       power goes, and comes again
 *   14       the allow list is read again, as one that lacks key u8
 *   15       an entry's checksum goes wrong: stream and position u8
 *
 * (modulo 16). To which endpoint a message goes is the target's business;
 * FRAME_ENDPOINTS: the high half of the op says. */

#include "proto/wire/frame.h"

void door_run(enum frame_endpoint endpoint, struct str script);

#endif
