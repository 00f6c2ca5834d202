#ifndef TESTS_FAULT_DISK_H
#define TESTS_FAULT_DISK_H

/* System calls between the journal and the disk, in this very process: a program linked
 * with disk.c counts them, fails the one it is told to, and may keep a record of what
 * reached data.mdb, in which order, and what was synced. */

#include "proto/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* clang-format off */
#define DISK_CALLS(X) X(write) X(fdatasync) X(fsync) X(ftruncate) X(open) X(mmap) \
                      X(fcntl) X(flock) X(mkdir) X(pread) X(fstatfs) X(lseek) X(alloc)
/* clang-format on */
#define X(name) DISK_##name,
enum disk_call { DISK_CALLS(X) DISK_KINDS }; /* write: and pwrite, writev */
#undef X
extern const char *const disk_call_names[DISK_KINDS];

enum disk_fault {
    DISK_EIO,    /* alloc: no memory */
    DISK_ENOSPC,
    DISK_SHORT,  /* write: half of it, and says so */
    DISK_KILL,   /* the process dies before the call */
    DISK_BROKEN, /* EIO from there on */
    DISK_FULL,   /* ENOSPC from there on, for what writes */
    DISK_FAULTS
};
extern const char *const disk_fault_names[DISK_FAULTS];

/* Does this fault make sense for this call? */
bool disk_may(enum disk_call call, enum disk_fault fault);

/* Count from now on; the index-th call (from 1; 0: none) meets the fault. */
void disk_arm(enum disk_call call, uint64_t index, enum disk_fault fault);
void disk_disarm(void);
uint64_t disk_count(enum disk_call call);
bool disk_hit(void); /* the fault was met */

/* What happened to data.mdb. */
enum disk_op_kind { DISK_OP_WRITE, DISK_OP_SYNC, DISK_OP_NAMES, DISK_OP_TOLD };
struct disk_op {
    enum disk_op_kind kind;
    bool synced;     /* WRITE: through a descriptor with O_DSYNC */
    uint64_t offset; /* WRITE; TOLD: a number of the caller's */
    struct str data; /* WRITE: owned by the record */
};
void disk_record(bool on);
void disk_tell(uint64_t number); /* a mark in the record */
uint64_t disk_ops(void);
const struct disk_op *disk_op(uint64_t n);

#endif
