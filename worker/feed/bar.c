#include "worker/feed/bar.h"

#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS       80 /* where the terminal does not say */
#define BAR_MOST      24
#define BAR_LEAST     4
#define SECONDS_A_DAY 86400u

size_t bar_columns(void)
{
    struct winsize size = {0};
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : COLUMNS;
}

static void add_time(struct buf *out, double seconds)
{
    uint64_t s = seconds < SECONDS_A_DAY * 100.0 ? (uint64_t)(seconds + 0.5)
                                                 : SECONDS_A_DAY * 100u;
    if (s >= SECONDS_A_DAY)
        buf_printf(out, "%llu d %llu h", (unsigned long long)(s / SECONDS_A_DAY),
                   (unsigned long long)(s % SECONDS_A_DAY / 3600));
    else if (s >= 3600)
        buf_printf(out, "%llu:%02llu:%02llu", (unsigned long long)(s / 3600),
                   (unsigned long long)(s / 60 % 60), (unsigned long long)(s % 60));
    else
        buf_printf(out, "%llu:%02llu", (unsigned long long)(s / 60),
                   (unsigned long long)(s % 60));
}

static void add_bar(struct buf *out, double share, size_t width)
{
    size_t full = (size_t)(share * (double)width);
    buf_add_char(out, '[');
    for (size_t i = 0; i < width; i++)
        buf_add_char(out, i < full ? '#' : '.');
    buf_add_char(out, ']');
}

void bar_line(struct buf *out, struct str counts, uint64_t done, uint64_t total,
              uint64_t elapsed_ms, size_t columns)
{
    double seconds = (double)elapsed_ms / 1000;
    double rate = seconds > 0 ? (double)done / seconds : 0;
    double share = total ? (double)done / (double)total : 0;
    struct buf tail = {0};
    share = share < 1 ? share : 1;
    buf_printf(&tail, "  %.1f MB/s", rate / 1e6);
    if (total && rate > 0) {
        buf_add_str(&tail, STR("  "));
        add_time(&tail, done < total ? (double)(total - done) / rate : 0);
        buf_add_str(&tail, STR(" left"));
    }
    buf_add_str(out, counts);
    if (total)
        buf_printf(out, "  %.0f %%", 100 * share);
    size_t taken = out->len + tail.len + sizeof "  []";
    size_t room = columns > taken ? columns - taken : 0;
    if (total && room >= BAR_LEAST) {
        buf_add_str(out, STR("  "));
        add_bar(out, share, room < BAR_MOST ? room : BAR_MOST);
    }
    buf_add_str(out, buf_str(&tail));
    if (out->len >= columns)
        out->len = columns ? columns - 1 : 0;
    buf_fini(&tail);
}
