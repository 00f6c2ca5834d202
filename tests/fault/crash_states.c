/* The journal's writes and syncs of one run (work.h) are recorded; then every state that
 * a power cut may leave is built from them, opened, and held against what had been
 * promised by then: all that was written; nothing that was not synced; each write left
 * out; the last one torn at every sector; and, drawn at random, any part of what was
 * under way.
 *
 * crash_states [--draws N] [--seed N]     N: random states at each step */

#include "tests/fault/disk.h"
#include "tests/fault/work.h"

#include "proto/base/diag.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/base/random.h"
#include "tests/support/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512
#define IMAGE  (16 << 20) /* the map of work.c is no larger */

struct image {
    char *bytes; /* owned */
    size_t len;
};

struct states {
    char *dir; /* owned */
    char uri[300], file[300];
    struct image durable, scratch; /* synced; a state being built */
    uint64_t way[4096];            /* writes under way, as numbers of operations */
    uint64_t ways;
    bool named; /* the file's name is durable */
    struct ledger *promised, *full;
    struct random random;
    uint64_t draws, built, bad, by_kind[5];
};

enum { ALL, NOTHING, ONE_LEFT_OUT, TORN, DRAWN };

static void apply(struct image *image, const struct disk_op *op, size_t len)
{
    memcpy(image->bytes + op->offset, op->data.ptr, len);
    if (image->len < op->offset + len)
        image->len = op->offset + len;
}

static void write_file(struct states *states)
{
    static const char *const others[] = {"lock", "lock.mdb"};
    int fd = open(states->file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    size_t at = 0;
    while (fd >= 0 && at < states->scratch.len) {
        ssize_t done = write(fd, states->scratch.bytes + at, states->scratch.len - at);
        if (done <= 0)
            abort();
        at += (size_t)done;
    }
    close(fd);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        unlink(check_path(states->dir, others[i]));
}

/* Build it: durable, and of those under way what `in` says, the last one cut to torn. */
static void build(struct states *states, const bool *in, size_t torn, int kind,
                  uint64_t step)
{
    memcpy(states->scratch.bytes, states->durable.bytes, states->durable.len);
    states->scratch.len = states->durable.len;
    for (uint64_t i = 0; i < states->ways; i++) {
        const struct disk_op *op = disk_op(states->way[i]);
        if (in[i])
            apply(&states->scratch, op,
                  i == states->ways - 1 && torn < op->data.len ? torn : op->data.len);
    }
    write_file(states);
    states->built++;
    states->by_kind[kind]++;
    if (work_check_apart(states->uri, states->promised)) {
        printf("broken: operation %llu, kind %d\n", (unsigned long long)step, kind);
        states->bad++;
    }
}

static void all_states(struct states *states, uint64_t step)
{
    bool in[4096];
    memset(in, true, sizeof in);
    build(states, in, SIZE_MAX, ALL, step);
    if (states->ways == 0)
        return;
    for (uint64_t i = 0; states->ways > 1 && i + 1 < states->ways; i++) {
        in[i] = false;
        build(states, in, SIZE_MAX, ONE_LEFT_OUT, step);
        in[i] = true;
    }
    size_t len = disk_op(states->way[states->ways - 1])->data.len;
    for (size_t torn = SECTOR; torn<len; torn += len> 16 * SECTOR ? 8 * SECTOR : SECTOR)
        build(states, in, torn, TORN, step);
    for (uint64_t draw = 0; draw < states->draws; draw++) {
        for (uint64_t i = 0; i < states->ways; i++)
            in[i] = random_below(&states->random, 2);
        build(states, in, SIZE_MAX, DRAWN, step);
    }
    memset(in, false, sizeof in);
    build(states, in, SIZE_MAX, NOTHING, step);
}

static void sync_all(struct states *states)
{
    for (uint64_t i = 0; i < states->ways; i++) {
        const struct disk_op *op = disk_op(states->way[i]);
        apply(&states->durable, op, op->data.len);
    }
    states->ways = 0;
}

static void promise(struct states *states, uint64_t number)
{
    bool is_fact = number >= WORK_ARTICLES;
    uint64_t n = number % WORK_ARTICLES;
    if (is_fact)
        states->promised->fact[n] = states->full->fact[n];
    else
        states->promised->article[n] = states->full->article[n];
}

/* A write through a descriptor with O_DSYNC is there when it returns, and only it: the
 * states before it returned have it under way. */
static void step(struct states *states, uint64_t n)
{
    const struct disk_op *op = disk_op(n);
    switch (op->kind) {
    case DISK_OP_WRITE:
        if (states->ways == sizeof states->way / sizeof *states->way)
            abort();
        states->way[states->ways++] = n;
        if (states->named)
            all_states(states, n);
        if (op->synced) {
            apply(&states->durable, op, op->data.len);
            states->ways--;
        }
        break;
    case DISK_OP_SYNC:
        sync_all(states);
        break;
    case DISK_OP_NAMES:
        states->named = true;
        break;
    case DISK_OP_TOLD:
        if (!states->named) {
            printf("broken: acknowledged before the file had a name\n");
            states->bad++;
        }
        promise(states, op->offset);
        break;
    }
}

static int record(struct states *states)
{
    disk_record(true);
    int code = work_run(states->uri, states->full, disk_tell);
    disk_record(false);
    for (uint64_t n = 0; n < disk_ops(); n++)
        if (disk_op(n)->offset + disk_op(n)->data.len > IMAGE)
            return 1;
    /* What may be trimmed is known from the whole run: later states lack the entries. */
    states->promised->trimmed = states->full->trimmed;
    return code || disk_ops() == 0 || work_check(states->uri, states->full);
}

static void start(struct states *states, char *argv[])
{
    (void)argv;
    states->dir = check_dir_make();
    snprintf(states->uri, sizeof states->uri, "lmdb:%s", states->dir);
    snprintf(states->file, sizeof states->file, "%s/data.mdb", states->dir);
    states->durable.bytes = mem_zero(1, IMAGE);
    states->scratch.bytes = mem_zero(1, IMAGE);
    states->promised = ledger_new();
    states->full = ledger_new();
}

int main(int argc, char **argv)
{
    static struct states states = {.draws = 2};
    uint64_t seed = 1;
    for (int i = 1; i + 1 < argc; i += 2)
        if (!str_to_u64(str_of(argv[i + 1]),
                        strcmp(argv[i], "--seed") == 0 ? &seed : &states.draws))
            return 100;
    setenv("TMPDIR", "/dev/shm", 0); /* thousands of journals: not on a disk */
    diag_set_level((enum diag_level)(DIAG_ERROR + 1));
    random_seed(&states.random, seed);
    start(&states, argv);
    if (record(&states)) {
        printf("crash states: the run itself is broken\n");
        return 1;
    }
    for (uint64_t n = 0; n < disk_ops(); n++)
        step(&states, n);
    printf(
        "crash states: seed %llu: %llu operations, %llu states (%llu all, %llu nothing "
        "unsynced, %llu one left out, %llu torn, %llu drawn): %llu broken\n",
        (unsigned long long)seed, (unsigned long long)disk_ops(),
        (unsigned long long)states.built, (unsigned long long)states.by_kind[ALL],
        (unsigned long long)states.by_kind[NOTHING],
        (unsigned long long)states.by_kind[ONE_LEFT_OUT],
        (unsigned long long)states.by_kind[TORN],
        (unsigned long long)states.by_kind[DRAWN], (unsigned long long)states.bad);
    check_dir_remove(&states.dir);
    return states.bad > 0;
}
