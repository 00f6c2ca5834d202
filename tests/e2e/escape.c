/* Preloaded into a worker, it does what code that an article has taken over might try.
 * Which call is said by how many acute accents are in a letter, for that is what
 * libutf8proc is asked about. Where the call comes back, "free" is written to standard
 * error. */

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utf8proc.h>

static void try_open(void)
{
    open("/tmp/escape", O_WRONLY | O_CREAT, 0600);
}

static void try_socket(void)
{
    socket(AF_INET, SOCK_STREAM, 0);
}

static void try_exec(void)
{
    execl("/bin/true", "true", (char *)NULL);
}

static void try_fork(void)
{
    if (fork() == 0)
        _exit(0);
}

static void try_ptrace(void)
{
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void try_code(void)
{
    mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
         0);
}

static void try_unlink(void)
{
    unlink("/nowhere");
}

static void try_crash(void)
{
    raise(SIGSEGV);
}

static void try_read(void)
{
    int fd = open("/etc/passwd", O_RDONLY);
    if (fd < 0)
        raise(SIGSEGV); /* refused: as good as the end */
}

static void try_spin(void)
{
    for (volatile int turn = 0;; turn = !turn)
        ;
}

#define ACCENT       "\xcc\x81"
#define ACCENT_LEAST 10

/* By accents from ACCENT_LEAST; TRIES of sandbox.py has their names;
 * the fault runs use the last two. */
static void (*const tries[])(void) = {
    try_open, try_socket, try_exec,  try_fork, try_ptrace,
    try_code, try_unlink, try_crash, try_spin, try_read,
};

static size_t count_accents(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < len; i++)
        count += memcmp(text + i, ACCENT, 2) == 0;
    return count;
}

/* utf8proc's own, which this one stands before. */
utf8proc_ssize_t utf8proc_decompose(const utf8proc_uint8_t *text, utf8proc_ssize_t len,
                                    utf8proc_int32_t *out, utf8proc_ssize_t size,
                                    utf8proc_option_t options)
{
    static utf8proc_ssize_t (*real)(const utf8proc_uint8_t *, utf8proc_ssize_t,
                                    utf8proc_int32_t *, utf8proc_ssize_t,
                                    utf8proc_option_t);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "utf8proc_decompose");
    size_t accents = len > 0 ? count_accents((const char *)text, (size_t)len) : 0;
    if (out == NULL && accents >= ACCENT_LEAST &&
        accents < ACCENT_LEAST + sizeof tries / sizeof *tries) {
        tries[accents - ACCENT_LEAST]();
        if (write(STDERR_FILENO, "free\n", 5) != 5)
            abort();
    }
    return real(text, len, out, size, options);
}
