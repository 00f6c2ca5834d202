/* Every system call that the journal makes, and every allocation, fails once: at each
 * index of each call, each kind of failure, a run of its own (work.h), then the check.
 *
 * sweep [--step N] [--call NAME] [--index N] [--fault NAME]
 *     --step: only every N-th index (1: all; the default for allocations is 7) */

#include "tests/fault/disk.h"
#include "tests/fault/work.h"

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "tests/support/check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALLOC_STEP 7

struct figures {
    uint64_t runs, met, ended, killed, acked, degraded, recovered, bad;
    uint64_t recovery_us[4096]; /* a histogram, by 100 us */
};

struct plan {
    enum disk_call call;
    enum disk_fault fault;
    uint64_t index;
};

/* Run in a child; its exit code, or minus the signal. */
static int run_child(const char *uri, struct ledger *ledger, const struct plan *plan)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        diag_set_level((enum diag_level)(DIAG_ERROR + 1));
        close(STDERR_FILENO); /* out of memory is said there */
        disk_arm(plan->call, plan->index, plan->fault);
        int code = work_run(uri, ledger, NULL);
        disk_disarm();
        _exit(code);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -SIGABRT;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static uint64_t acked(const struct ledger *ledger)
{
    uint64_t count = 0;
    for (int n = 0; n < WORK_ARTICLES; n++)
        count += (ledger->article[n] != 0) + (uint64_t)(ledger->fact[n] != 0);
    return count;
}

static void try_one(const struct plan *plan, struct figures *figures)
{
    char uri[300];
    char *dir = check_dir_make();
    struct ledger *ledger = ledger_new();
    snprintf(uri, sizeof uri, "lmdb:%s/journal", dir);
    int code = run_child(uri, ledger, plan);
    uint64_t begun_ns = clock_now_ns();
    int bad = work_check_apart(uri, ledger);
    uint64_t slot = (clock_now_ns() - begun_ns) / 100000;
    figures->recovery_us[slot < 4096 ? slot : 4095]++;
    if (code != 0 && code != 111 && (code != -SIGKILL || plan->fault != DISK_KILL)) {
        printf("  broken: ended with %d\n", code);
        bad++;
    }
    figures->runs++;
    figures->ended += code == 111;
    figures->killed += code == -SIGKILL;
    figures->acked += acked(ledger);
    figures->degraded += ledger->degraded;
    figures->recovered += ledger->recovered;
    figures->bad += bad > 0;
    if (bad)
        printf("again: sweep --call %s --index %llu --fault %s\n",
               disk_call_names[plan->call], (unsigned long long)plan->index,
               disk_fault_names[plan->fault]);
    ledger_free(ledger);
    check_dir_remove(&dir);
}

/* How often each call is made where nothing fails. */
static int baseline(uint64_t count[DISK_KINDS])
{
    char uri[300];
    char *dir = check_dir_make();
    struct ledger *ledger = ledger_new();
    snprintf(uri, sizeof uri, "lmdb:%s/journal", dir);
    disk_arm(DISK_KINDS, 0, DISK_EIO);
    int code = work_run(uri, ledger, NULL);
    disk_disarm();
    for (int i = 0; i < DISK_KINDS; i++)
        count[i] = disk_count((enum disk_call)i);
    int bad = code || work_check(uri, ledger);
    printf("without a failure: %llu acknowledged\n", (unsigned long long)acked(ledger));
    ledger_free(ledger);
    check_dir_remove(&dir);
    return bad;
}

static double recovery_ms(const struct figures *figures, uint64_t per_thousand)
{
    uint64_t seen = 0, slot = 0;
    for (; slot < 4095; slot++)
        if ((seen += figures->recovery_us[slot]) * 1000 > figures->runs * per_thousand)
            break;
    return (double)(slot + 1) / 10;
}

static void sweep_call(enum disk_call call, uint64_t count, uint64_t step,
                       struct figures *total)
{
    static struct figures figures;
    figures = (struct figures){0};
    for (uint64_t index = 1; index <= count; index += step)
        for (int fault = 0; fault < DISK_FAULTS; fault++) {
            const struct plan plan = {call, (enum disk_fault)fault, index};
            if (disk_may(call, plan.fault))
                try_one(&plan, &figures);
        }
    printf("%-10s %6llu indices (step %llu), %6llu runs: %llu ended, %llu killed, %llu "
           "degraded, %llu recovered, %llu acknowledged, %llu broken\n",
           disk_call_names[call], (unsigned long long)count, (unsigned long long)step,
           (unsigned long long)figures.runs, (unsigned long long)figures.ended,
           (unsigned long long)figures.killed, (unsigned long long)figures.degraded,
           (unsigned long long)figures.recovered, (unsigned long long)figures.acked,
           (unsigned long long)figures.bad);
    fflush(stdout);
    total->runs += figures.runs;
    total->acked += figures.acked;
    total->bad += figures.bad;
    for (int i = 0; i < 4096; i++)
        total->recovery_us[i] += figures.recovery_us[i];
}

static int find(const char *name, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    fprintf(stderr, "sweep: no such name \"%s\"\n", name);
    exit(100);
}

int main(int argc, char **argv)
{
    static struct figures total;
    uint64_t count[DISK_KINDS], step = 0, index = 0;
    int call = -1, fault = DISK_EIO;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--call") == 0)
            call = find(argv[i + 1], disk_call_names, DISK_KINDS);
        else if (strcmp(argv[i], "--fault") == 0)
            fault = find(argv[i + 1], disk_fault_names, DISK_FAULTS);
        else if (!str_to_u64(str_of(argv[i + 1]),
                             strcmp(argv[i], "--index") == 0 ? &index : &step))
            return 100;
    }
    setenv("TMPDIR", "/dev/shm", 0); /* thousands of journals: not on a disk */
    diag_set_level((enum diag_level)(DIAG_ERROR + 1));
    if (call >= 0 && index) {
        const struct plan plan = {(enum disk_call)call, (enum disk_fault)fault, index};
        try_one(&plan, &total);
        return total.bad > 0;
    }
    if (baseline(count))
        return 1;
    for (int i = 0; i < DISK_KINDS; i++)
        if (call < 0 || i == call)
            sweep_call((enum disk_call)i, count[i],
                       step              ? step
                       : i == DISK_alloc ? ALLOC_STEP
                                         : 1,
                       &total);
    printf(
        "sweep: %llu runs, %llu acknowledged, %llu runs with something lost or broken; "
        "opened, checked and written to again in %.1f ms (p50), %.1f ms (most)\n",
        (unsigned long long)total.runs, (unsigned long long)total.acked,
        (unsigned long long)total.bad, recovery_ms(&total, 500),
        recovery_ms(&total, 999));
    return total.bad > 0;
}
