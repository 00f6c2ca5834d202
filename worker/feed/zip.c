#include "worker/feed/zip.h"

#include "proto/base/mem.h"

#include <assert.h>

static void *get(void *context, unsigned count, unsigned size)
{
    (void)context;
    return mem_zero(count, size);
}

static void give_back(void *context, void *p)
{
    (void)context;
    mem_free(p);
}

void zip_begin(z_stream *zip, int kind)
{
    *zip = (z_stream){.zalloc = get, .zfree = give_back};
    int rc = inflateInit2(zip, kind);
    assert(rc == Z_OK); /* memory comes, and the kind is one of ours */
}
