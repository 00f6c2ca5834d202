#include "worker/feed/progress.h"

#include <stdio.h>
#include <unistd.h>

void progress_init(struct progress *progress, bool quiet, uint64_t every_ms)
{
    *progress =
        (struct progress){.on = !quiet && isatty(STDERR_FILENO), .every_ms = every_ms};
}

void progress_clear(struct progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}

bool progress_begin(struct progress *progress, uint64_t now_ms)
{
    if (!progress->on || now_ms - progress->last_ms < progress->every_ms)
        return false;
    progress_clear(progress);
    progress->last_ms = now_ms;
    return true;
}

void progress_end(struct progress *progress)
{
    fflush(stderr);
    progress->shown = true;
}
