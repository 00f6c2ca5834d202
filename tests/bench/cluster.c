/* The line over a journal in NATS JetStream, beside the embedded one, and beside
 * JetStream alone with the same payloads and hops, in turns in the same run: once with
 * all messages under one subject, once each under its own, as the line needs them so that
 * an identity is stored once whenever it comes again. The server's price for the latter
 * is the difference of the two.
 *
 *     cluster [WARTA [SAMPLES.jsonl [ARTICLES [URL]]]]
 *
 * Without URL it starts a nats-server of its own. Quote the ratios: all parties share the
 * machine. */

#include "tests/bench/line.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARTICLES 10000
#define ROUNDS   3
#define PORT     17490

static char dir[] = "/tmp/warta-nats-XXXXXX";

static pid_t start_server(char url[64])
{
    char config[96];
    if (mkdtemp(dir) == NULL)
        line_die("mkdtemp");
    snprintf(config, sizeof config, "%s/conf", dir);
    FILE *file = fopen(config, "w");
    if (file == NULL)
        line_die(config);
    fprintf(
        file,
        "listen: \"127.0.0.1:%d\"\nmax_payload: 8MB\njetstream { store_dir: \"%s\" }\n",
        PORT, dir);
    fclose(file);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(1);
        execlp("nats-server", "nats-server", "-c", config, (char *)NULL);
        _exit(127);
    }
    sleep(1);
    snprintf(url, 64, "nats://127.0.0.1:%d", PORT);
    return pid;
}

static double line_of(const struct line_setup *setup, const char *name, const char *url,
                      unsigned brokers, uint64_t articles, const double beside[2])
{
    static unsigned runs;
    char journal[160];
    struct line_figures f;
    struct line_plan plan = {
        .articles = articles, .workers = 2, .no_op = true, .brokers = brokers};
    if (url) {
        snprintf(journal, sizeof journal, "%s?name=bench-%d-%u", url, getpid(), ++runs);
        plan.journal = journal;
    }
    line_run(setup, &plan, &f);
    printf("%-34s %8.0f /s  ratios %5.2f %5.2f  broker %7.4f CPU-s/1000, %5.1f MB\n",
           name, f.rate, f.rate / beside[0], f.rate / beside[1], f.broker_cpu_s_per_1000,
           f.broker_rss_mb);
    fflush(stdout);
    return f.rate;
}

static double middle(double v[ROUNDS])
{
    for (int i = 1; i < ROUNDS; i++)
        for (int j = i; j > 0 && v[j] < v[j - 1]; j--) {
            double t = v[j];
            v[j] = v[j - 1];
            v[j - 1] = t;
        }
    return v[ROUNDS / 2];
}

int main(int argc, char **argv)
{
    const struct line_setup setup = {
        .warta = argc > 1 ? argv[1] : "build/warta",
        .samples = argc > 2 ? argv[2] : "deploy/samples.jsonl",
    };
    uint64_t articles = argc > 3 ? strtoull(argv[3], NULL, 10) : ARTICLES;
    double bare[2][ROUNDS], one[ROUNDS], two[ROUNDS], lmdb[ROUNDS];
    char url[64];
    pid_t server = 0;
    if (argc > 4)
        snprintf(url, sizeof url, "%s", argv[4]);
    else
        server = start_server(url);

    printf("3.5 KB articles, 1.5 KB entries, %llu a run, %ld cores\n",
           (unsigned long long)articles, sysconf(_SC_NPROCESSORS_ONLN));
    for (int i = 0; i < ROUNDS; i++) {
        bare[0][i] = line_jetstream(&setup, url, articles, false);
        bare[1][i] = line_jetstream(&setup, url, articles, true);
        const double beside[2] = {bare[0][i], bare[1][i]};
        printf("%-34s %8.0f /s\n", "JetStream alone, one subject", beside[0]);
        printf("%-34s %8.0f /s\n", "JetStream alone, a subject each", beside[1]);
        one[i] =
            line_of(&setup, "Warta on JetStream, 1 broker", url, 1, articles, beside);
        two[i] =
            line_of(&setup, "Warta on JetStream, 2 brokers", url, 2, articles, beside);
        lmdb[i] = line_of(&setup, "Warta on LMDB", NULL, 1, articles, beside);
    }
    static const char *const beside[2] = {"one subject", "a subject each"};
    double rate[3] = {middle(one), middle(two), middle(lmdb)};
    for (int i = 0; i < 2; i++) {
        double alone = middle(bare[i]);
        printf("medians beside JetStream alone, %s: 1 broker %.2f, 2 brokers %.2f, "
               "LMDB %.2f\n",
               beside[i], rate[0] / alone, rate[1] / alone, rate[2] / alone);
    }
    if (server) {
        char command[64];
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
        snprintf(command, sizeof command, "rm -rf %s", dir);
        return system(command) != 0;
    }
    return 0;
}
