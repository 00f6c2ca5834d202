/* The whole line, measured: put → durable → worker → entry durable → tail, with one
 * feeder, two workers and one consumer, beside a plain ZeroMQ pass-through of the same
 * payloads in the same run.
 *
 *     line [WARTA [SAMPLES.jsonl [ARTICLES]]]
 *
 * The pass-through has the same processes and hops (PUSH/PULL over ipc, one article a
 * message, no checks, no disk): what ZeroMQ alone costs here. Figures are whole-process;
 * quote the ratios. */

#include "tests/bench/line.h"

#include "proto/base/clock.h"
#include "proto/base/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARTICLES      40000
#define REAL_ARTICLES 8000
#define PACED         5000
#define PACE_PER_S    500
#define ROUNDS        3

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

static void print_run(const char *name, const struct line_figures *f, double beside)
{
    printf("%-34s %8.0f /s  ratio %5.2f  broker %7.4f CPU-s/1000, %5.1f MB\n", name,
           f->rate, f->rate / beside, f->broker_cpu_s_per_1000, f->broker_rss_mb);
    fflush(stdout);
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

    printf("3.5 KB articles, 1.5 KB entries, %" PRIu64 " a run, %ld cores\n", articles,
           sysconf(_SC_NPROCESSORS_ONLN));
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
