#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Of no use to any thread of a worker. */
static const int forbidden[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(kcmp),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(personality),
    SCMP_SYS(reboot),
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setreuid),
    SCMP_SYS(setregid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),
    SCMP_SYS(memfd_create),
};

/* All that the thread which reads articles does from now on: the C library's memory,
 * stdio on descriptors it has, signals and the alarm; libzmq's mailboxes (eventfd, poll).
 */
static const int reading[] = {
    SCMP_SYS(read),          SCMP_SYS(readv),           SCMP_SYS(write),
    SCMP_SYS(writev),        SCMP_SYS(close),           SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),    SCMP_SYS(lseek),           SCMP_SYS(poll),
    SCMP_SYS(ppoll),         SCMP_SYS(select),          SCMP_SYS(pselect6),
    SCMP_SYS(epoll_ctl),     SCMP_SYS(epoll_wait),      SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_create1), SCMP_SYS(eventfd2),        SCMP_SYS(futex),
    SCMP_SYS(brk),           SCMP_SYS(munmap),          SCMP_SYS(mremap),
    SCMP_SYS(madvise),       SCMP_SYS(clock_gettime),   SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),     SCMP_SYS(gettimeofday),    SCMP_SYS(time),
    SCMP_SYS(getpid),        SCMP_SYS(gettid),          SCMP_SYS(getrandom),
    SCMP_SYS(sched_yield),   SCMP_SYS(setitimer),       SCMP_SYS(getrusage),
    SCMP_SYS(rt_sigreturn),  SCMP_SYS(rt_sigprocmask),  SCMP_SYS(rt_sigaction),
    SCMP_SYS(sigaltstack),   SCMP_SYS(restart_syscall), SCMP_SYS(tgkill),
    SCMP_SYS(rseq),          SCMP_SYS(set_robust_list), SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

bool sandbox_possible(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#else
    return true;
#endif
}

static int say(struct err *err, const char *what, int code)
{
    return err_set(err, ERR_SYSTEM, "sandbox: %s: %s", what, strerror(code));
}

static int limit(int which, const char *name, rlim_t most, struct err *err)
{
    struct rlimit now;
    if (getrlimit(which, &now) != 0)
        return say(err, name, errno);
    if (now.rlim_max < most)
        most = now.rlim_max;
    now = (struct rlimit){most, most};
    return setrlimit(which, &now) == 0 ? 0 : say(err, name, errno);
}

/* Bytes of address space in use: /proc/self/statm begins with it, in pages. */
static uint64_t address_space(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%llu", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int set_limits(uint64_t memory_bytes, struct err *err)
{
    uint64_t used = address_space();
    int result = limit(RLIMIT_CORE, "no core file", 0, err);
    if (result == 0 && used)
        result = limit(RLIMIT_AS, "address space", used + memory_bytes, err);
    return result;
}

/* No right to change any file, and no rule that gives one back. */
static int lock_files(struct err *err)
{
    const struct landlock_ruleset_attr attr = {
        .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                             LANDLOCK_ACCESS_FS_REMOVE_DIR |
                             LANDLOCK_ACCESS_FS_REMOVE_FILE |
                             LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                             LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                             LANDLOCK_ACCESS_FS_MAKE_FIFO |
                             LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (rules < 0) /* the kernel has none, or it is switched off */
        return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : say(err, "landlock", errno);
    int result = 0;
    if (syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        result = say(err, "landlock", errno);
    close(rules);
    return result;
}

/* Memory that can be run: a refusal, so that a name service which loads a library for
 * the I/O thread finds none and is passed over. */
static int refuse_code(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp runs = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC);
    const uint32_t refuse = SCMP_ACT_ERRNO(EPERM);
    int result = seccomp_rule_add(filter, refuse, SCMP_SYS(mmap), 1, runs);
    if (result == 0)
        result = seccomp_rule_add(filter, refuse, SCMP_SYS(mprotect), 1, runs);
    if (result == 0)
        result = seccomp_rule_add(filter, refuse, SCMP_SYS(pkey_mprotect), 1, runs);
    return result;
}

/* A process rather than a thread; clone3's flags are in memory, where no filter sees
 * them: told that it is not there, the C library takes clone. */
static int refuse_processes(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp process = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0);
    int result =
        seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1, process);
    if (result == 0)
        result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return result;
}

static int filter_process(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL)
        return -ENOMEM;
    int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    for (size_t i = 0; i < COUNT(forbidden) && result == 0; i++)
        result = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, forbidden[i], 0);
    if (result == 0)
        result = refuse_code(filter);
    if (result == 0)
        result = refuse_processes(filter);
    if (result == 0)
        result = seccomp_load(filter);
    seccomp_release(filter);
    return result;
}

/* Not a kill: the C library opens files for reading on its own account (malloc looks up
 * the kernel's overcommit when it first gives memory back) and goes on without them. */
static int refuse_reading_files(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp reads = SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE, O_RDONLY);
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 1, reads);
}

static int filter_thread(void)
{
    const struct scmp_arg_cmp plain = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL)
        return -ENOMEM;
    int result = 0;
    for (size_t i = 0; i < COUNT(reading) && result == 0; i++)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, reading[i], 0);
    if (result == 0)
        result = refuse_reading_files(filter);
    if (result == 0)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, plain);
    if (result == 0)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, plain);
    if (result == 0)
        result = seccomp_load(filter);
    seccomp_release(filter);
    return result;
}

int sandbox_enter(uint64_t memory_bytes, struct err *err)
{
    tzset(); /* the C library opens /etc/localtime at the first use of a date */
    int result = set_limits(memory_bytes, err);
    if (result == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        result = say(err, "no new privileges", errno);
    if (result == 0)
        result = lock_files(err);
    if (result != 0)
        return result;
    int code = filter_process();
    if (code == 0)
        code = filter_thread();
    return code == 0 ? 0 : say(err, "seccomp", -code);
}
