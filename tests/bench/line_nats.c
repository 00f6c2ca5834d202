/* What JetStream alone does with the line's payloads and hops, through libnats as its
 * documentation shows it: asynchronous publishing with a window, fetching in batches. */

#include "tests/bench/line.h"

#include "proto/base/clock.h"

#include <nats/nats.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2
#define WINDOW  512
#define BATCH   64
#define WAIT_MS 1000

static char stream[2][40], subject[2][40], below[2][44];
static bool distinct; /* each message under a subject of its own, below the stream's */

static jsCtx *join(const char *url)
{
    natsConnection *connection = NULL;
    jsCtx *js = NULL;
    jsOptions options;
    natsStatus s = natsConnection_ConnectTo(&connection, url);
    jsOptions_Init(&options);
    options.PublishAsync.MaxPending = WINDOW;
    options.PublishAsync.StallWait = 10000;
    if (s == NATS_OK)
        s = natsConnection_JetStream(&js, connection, &options);
    if (s != NATS_OK)
        line_die(natsStatus_GetText(s));
    return js;
}

static void make_streams(const char *url)
{
    jsCtx *js = join(url);
    for (int i = 0; i < 2; i++) {
        jsStreamConfig config;
        jsErrCode code;
        const char *subjects[2] = {subject[i], below[i]};
        jsStreamConfig_Init(&config);
        config.Name = stream[i];
        config.Subjects = subjects;
        config.SubjectsLen = 2;
        if (js_AddStream(NULL, js, &config, NULL, &code) != NATS_OK)
            line_die("stream");
    }
}

static void publish(jsCtx *js, int which, const void *bytes, int len, uint64_t number,
                    const char *who)
{
    char id[64], to[112];
    jsPubOptions options;
    jsPubOptions_Init(&options);
    snprintf(id, sizeof id, "%s-%llu", who, (unsigned long long)number);
    snprintf(to, sizeof to, distinct ? "%s.%s" : "%s", subject[which], id);
    options.MsgId = id;
    if (js_PublishAsync(js, to, bytes, len, &options) != NATS_OK)
        line_die("publish");
}

static void feed(const struct line_setup *setup, const char *url, uint64_t articles)
{
    char text[LINE_TEXT_BYTES];
    jsCtx *js = join(url);
    line_text_load(setup->samples);
    for (uint64_t i = 0; i < articles; i++) {
        line_text(i, text);
        publish(js, 0, text, sizeof text, i, "a");
    }
    js_PublishAsyncComplete(js, NULL);
    _exit(0);
}

/* Fetch until n have come (0: for ever); each is acknowledged, and answered by an entry
 * where `answers`. */
static void fetch(jsCtx *js, int which, const char *durable, uint64_t n, bool answers)
{
    static char entry[LINE_ENTRY_BYTES];
    natsSubscription *from = NULL;
    jsErrCode code;
    char who[32];
    uint64_t got = 0;
    snprintf(who, sizeof who, "w%d", getpid());
    if (js_PullSubscribe(&from, js, distinct ? below[which] : subject[which], durable,
                         NULL, NULL, &code) != NATS_OK)
        line_die("subscribe");
    while (n == 0 || got < n) {
        natsMsgList list = {0};
        if (natsSubscription_Fetch(&list, from, BATCH, WAIT_MS, &code) != NATS_OK)
            continue;
        for (int i = 0; i < list.Count; i++) {
            if (answers)
                publish(js, 1, entry, sizeof entry, got, who);
            got++;
            natsMsg_Ack(list.Msgs[i], NULL);
        }
        natsMsgList_Destroy(&list);
    }
}

enum part { STREAMS, FEEDER, CONSUMER, WORKER };

/* A process of its own for each part: libnats has threads, which a fork would lose. */
static pid_t start(enum part part, const struct line_setup *setup, const char *url,
                   uint64_t articles)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    if (part == STREAMS)
        make_streams(url);
    else if (part == FEEDER)
        feed(setup, url, articles);
    else if (part == CONSUMER)
        fetch(join(url), 1, "tail", articles, false);
    else
        fetch(join(url), 0, "work", 0, true);
    _exit(0);
}

static void wait_for(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        line_die("jetstream: a part of it ended early");
}

double line_jetstream(const struct line_setup *setup, const char *url, uint64_t articles,
                      bool with_distinct)
{
    static unsigned runs;
    pid_t worker[WORKERS];
    runs++;
    distinct = with_distinct;
    for (int i = 0; i < 2; i++) {
        snprintf(stream[i], sizeof stream[i], "BARE-%u-%d-%d", runs, i, getpid());
        snprintf(subject[i], sizeof subject[i], "bare.%u.%d.%d", runs, i, getpid());
        snprintf(below[i], sizeof below[i], "bare.%u.%d.%d.>", runs, i, getpid());
    }
    wait_for(start(STREAMS, setup, url, articles));
    for (int i = 0; i < WORKERS; i++)
        worker[i] = start(WORKER, setup, url, articles);
    pid_t consumer = start(CONSUMER, setup, url, articles);
    usleep(300000);
    uint64_t begun = clock_now_ns();
    pid_t feeder = start(FEEDER, setup, url, articles);
    wait_for(consumer);
    double seconds = (double)(clock_now_ns() - begun) / 1e9;
    wait_for(feeder);
    for (int i = 0; i < WORKERS; i++) {
        kill(worker[i], SIGKILL);
        waitpid(worker[i], NULL, 0);
    }
    return (double)articles / seconds;
}
