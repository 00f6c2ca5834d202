/* The whole line, measured: put → durable → worker → entry durable → tail, with one
 * feeder, two workers and one consumer, beside a plain ZeroMQ pass-through of the same
 * payloads in the same run.
 *
 *     line [WARTA [SAMPLES.jsonl [ARTICLES [keys]]]]
 *
 * The pass-through has the same processes and hops (PUSH/PULL over ipc, one article a
 * message, no checks, no disk): what ZeroMQ alone costs here. Figures are whole-process;
 * quote the ratios. "keys": only what keys cost, in more rounds. */

#include "tests/bench/line.h"

#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "proto/base/hash.h"
#include "proto/base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ARTICLES      40000
#define REAL_ARTICLES 8000
#define PACED         5000
#define PACE_PER_S    500
#define ROUNDS        3
#define ROUNDS_MOST   9

static double median(double *value, int count)
{
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && value[j] < value[j - 1]; j--) {
            double t = value[j];
            value[j] = value[j - 1];
            value[j - 1] = t;
        }
    return value[count / 2];
}

/* What the journal hashes of one article: it and its entry, each written once and read
 * once. */
static double checksum_us(void)
{
    static const char bytes[LINE_TEXT_BYTES];
    uint64_t hash = 0;
    clock_t begun = clock(); /* processor time, as the broker's */
    const uint64_t times = 200000;
    for (uint64_t i = 0; i < times; i++) {
        hash = hash64(str_make(bytes, LINE_TEXT_BYTES), hash);
        hash = hash64(str_make(bytes, LINE_ENTRY_BYTES), hash);
    }
    double us = (double)(clock() - begun) * 1e6 / CLOCKS_PER_SEC / (double)times;
    return hash == 1 ? 0 : 2 * us;
}

static void print_run(const char *name, const struct line_figures *f, double beside)
{
    printf("%-34s %8.0f /s  ratio %5.2f  broker %7.4f CPU-s/1000, %5.1f MB\n", name,
           f->rate, f->rate / beside, f->broker_cpu_s_per_1000, f->broker_rss_mb);
    fflush(stdout);
}

/* Keys on and off, in turns, over TCP. The best of each is what the machine disturbed
 * least. */
static void compare_keys(const struct line_setup *setup, uint64_t articles, int rounds)
{
    static const char *const names[] = {[LINE_TCP] = "Warta by TCP, without keys",
                                        [LINE_KEYS] = "Warta by TCP, with keys"};
    double rate[LINE_KEYS + 1][ROUNDS_MOST], cpu[LINE_KEYS + 1][ROUNDS_MOST];
    struct line_figures f;
    for (int i = 0; i < rounds; i++)
        for (int how = LINE_TCP; how <= LINE_KEYS; how++) {
            struct line_plan plan = {.articles = articles,
                                     .workers = 2,
                                     .no_op = true,
                                     .transport = (enum line_transport)how};
            line_run(setup, &plan, &f);
            rate[how][i] = f.rate;
            cpu[how][i] = f.broker_cpu_s_per_1000;
            print_run(names[how], &f, rate[LINE_TCP][i]);
        }
    double plain_cpu = median(cpu[LINE_TCP], rounds);
    printf("keys: rate x %.2f, broker's processor time x %.2f (medians of %d)\n",
           median(rate[LINE_KEYS], rounds) / median(rate[LINE_TCP], rounds),
           median(cpu[LINE_KEYS], rounds) / plain_cpu, rounds);
    /* They are sorted now. */
    printf("keys: rate x %.2f, broker's processor time x %.2f (best of %d)\n",
           rate[LINE_KEYS][rounds - 1] / rate[LINE_TCP][rounds - 1],
           cpu[LINE_KEYS][0] / cpu[LINE_TCP][0], rounds);
    double us = checksum_us();
    printf("checksums: %.2f us an article, %.1f%% of the broker's processor time\n\n", us,
           us * 100 / (plain_cpu * 1000));
}

int main(int argc, char **argv)
{
    struct line_setup setup = {
        .warta = argc > 1 ? argv[1] : "build/warta",
        .samples = argc > 2 ? argv[2] : "deploy/samples.jsonl",
    };
    uint64_t articles = argc > 3 ? strtoull(argv[3], NULL, 10) : ARTICLES;
    struct line_figures f;
    double pass[ROUNDS], rate[ROUNDS], ratio[ROUNDS];
    bool keys_only = argc > 4 && strcmp(argv[4], "keys") == 0;

    printf("3.5 KB articles, 1.5 KB entries, %" PRIu64 " a run, %ld cores\n", articles,
           sysconf(_SC_NPROCESSORS_ONLN));
    if (keys_only) {
        compare_keys(&setup, articles, ROUNDS_MOST);
        return 0;
    }
    for (int i = 0; i < ROUNDS; i++) {
        pass[i] = line_pass_through(&setup, articles);
        printf("%-34s %8.0f /s\n", "ZeroMQ pass-through", pass[i]);
        line_run(&setup,
                 &(struct line_plan){.articles = articles, .workers = 2, .no_op = true},
                 &f);
        print_run("Warta, worker that does nothing", &f, pass[i]);
        rate[i] = f.rate;
        ratio[i] = f.rate / pass[i];
    }
    printf("medians: pass-through %.0f /s, Warta %.0f /s, ratio %.2f\n\n",
           median(pass, ROUNDS), median(rate, ROUNDS), median(ratio, ROUNDS));

    compare_keys(&setup, articles, ROUNDS);

    double one, two;
    uint64_t real = articles < REAL_ARTICLES ? articles : REAL_ARTICLES;
    line_run(&setup, &(struct line_plan){.articles = real, .workers = 1}, &f);
    one = f.rate;
    print_run("Warta, real extraction, 1 worker", &f, pass[ROUNDS / 2]);
    line_run(&setup, &(struct line_plan){.articles = real, .workers = 2}, &f);
    two = f.rate;
    print_run("Warta, real extraction, 2 workers", &f, pass[ROUNDS / 2]);
    printf("1 -> 2 workers: x %.2f (feeder, broker and consumer share the cores)\n\n",
           two / one);

    line_run(&setup,
             &(struct line_plan){
                 .articles = PACED, .workers = 2, .no_op = true, .per_s = PACE_PER_S},
             &f);
    printf("put -> fact at %d/s, no-op worker:        p50 %.2f ms  p99 %.2f ms\n",
           PACE_PER_S, f.p50_ms, f.p99_ms);
    line_run(&setup,
             &(struct line_plan){.articles = PACED, .workers = 2, .per_s = PACE_PER_S},
             &f);
    printf("put -> fact at %d/s, real extraction:     p50 %.2f ms  p99 %.2f ms\n",
           PACE_PER_S, f.p50_ms, f.p99_ms);
    return 0;
}
