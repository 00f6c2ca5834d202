#include "worker/sink/store.h"
int store_open_postgres(const char *conninfo, struct store **store_out, struct err *err)
{
    (void)conninfo;
    *store_out = NULL;
    return err_set(err, ERR_BUILD,
                   "this program was built without libpq (package libpq-dev)");
}
