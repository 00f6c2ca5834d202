#ifndef WORKER_FEED_RSS_MAIN_H
#define WORKER_FEED_RSS_MAIN_H

/* `warta feed rss`: argv[0] is its name. */
int rss_main(int argc, char **argv);

#endif
