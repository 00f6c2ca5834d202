#ifndef WORKER_TRAIN_EXCHANGE_H
#define WORKER_TRAIN_EXCHANGE_H

/* Word classes by the exchange algorithm (Kneser and Ney 1993; Martin, Liermann and Ney
 * 1998): each word in turn moves to the class that makes the text likeliest under a
 * bigram model of classes. Logarithms are fixed-point integers, so the classes are the
 * same on any machine. */

#include <stdint.h>

/* Words that stay in classes of their own: what stands between sentences, and all rare
 * words together. Classes 0 and 1. */
#define EXCHANGE_BORDER 0u
#define EXCHANGE_RARE   1u

struct exchange_text {
    const uint32_t *word; /* the running text, numbers below words */
    uint32_t length;
    uint32_t words; /* different ones; numbered from 2 by falling frequency */
};

/* class_out: room for text->words; classes: 3 to 65535. */
void exchange_run(const struct exchange_text *text, uint32_t classes, uint32_t turns,
                  uint16_t *class_out);

#endif
