#include "proto/base/stop.h"

#include "proto/base/program.h"

#include <signal.h>
#include <unistd.h>

/* A handler has no other way to be heard. */
static volatile sig_atomic_t asked;

static void on_signal(int number)
{
    (void)number;
    if (asked)
        _exit(EXIT_LATER);
    asked = 1;
}

void stop_catch(void)
{
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool stop_asked(void)
{
    return asked != 0;
}
