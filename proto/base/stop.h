#ifndef PROTO_BASE_STOP_H
#define PROTO_BASE_STOP_H

/* SIGINT and SIGTERM of programs that are one loop without a descriptor for signals
 * (those with one: loop.h): the first asks to come to an end, the second ends the process
 * at once with EXIT_LATER. What a call was waiting for is interrupted. */

#include <stdbool.h>

void stop_catch(void);
bool stop_asked(void);

#endif
