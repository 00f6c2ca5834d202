#ifndef TESTS_BENCH_LINE_H
#define TESTS_BENCH_LINE_H

/* One measured run of the line, and its peer without Warta. Every process is a child of
 * the bench; sockets and the journal lie in a scratch directory that is removed. A
 * failure ends the bench with what it met. */

#include <stdbool.h>
#include <stdint.h>

struct line_setup {
    const char *warta;   /* the program */
    const char *samples; /* JSON Lines whose texts the articles are made of */
};

/* How its parts talk. Keys (CURVE) are for TCP: what they cost is held against TCP
 * without. */
enum line_transport { LINE_IPC, LINE_TCP, LINE_KEYS };

struct line_plan {
    uint64_t articles;
    unsigned workers;
    bool no_op;     /* workers make a 1.5 KB entry of nothing */
    unsigned per_s; /* pace; 0: as fast as it goes */
    enum line_transport transport;
    const char *journal; /* its address; NULL: an LMDB file in the scratch directory */
    unsigned brokers;    /* that share it; 0 is 1; over ipc only */
};

#define LINE_BROKERS 4

struct line_figures {
    double rate; /* articles a second, first put to last entry at the consumer */
    double broker_cpu_s_per_1000;
    double broker_rss_mb;  /* most ever resident */
    double p50_ms, p99_ms; /* put to entry at the consumer; meaningful with a pace */
};

void line_run(const struct line_setup *setup, const struct line_plan *plan,
              struct line_figures *out);
double line_pass_through(const struct line_setup *setup,
                         uint64_t articles); /* articles/s */

/* line_nats.c: the same payloads and hops by JetStream alone, through the server at url:
 * published, fetched by two workers who publish an entry and acknowledge, and fetched by
 * a consumer. distinct: each message under a subject of its own. Articles a second. */
double line_jetstream(const struct line_setup *setup, const char *url, uint64_t articles,
                      bool distinct);

/* line_text.c: 3.5 KB texts out of the samples' paragraphs, a different one for each
 * number. */
#define LINE_TEXT_BYTES  3500
#define LINE_ENTRY_BYTES 1500
void line_text_load(const char *path);
void line_text(uint64_t number, char out[LINE_TEXT_BYTES]);

void line_die(const char *what) __attribute__((noreturn));

#endif
