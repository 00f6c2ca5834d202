#ifndef PROTO_WIRE_SKETCH_H
#define PROTO_WIRE_SKETCH_H

/* A sketch of a text, by which it is told how much of it stands in another: the smallest
 * SKETCH_VALUES hashes of the runs of words in it ("bottom-k sketch"; Broder, On the
 * resemblance and containment of documents, 1997). Workers make it, brokers compare.
 *
 * Both sketches of two texts hold every run that both texts have and whose hash is below
 * the last value of either. So among the values of one up to there, the share that the
 * other has too is an estimate of how much of the one stands in the other: its error is
 * that of drawing so many runs, 9 points of 100 at worst where all 32 are compared.
 *
 * On the wire: 4 bytes a value, big-endian, in ascending order. */

#include "proto/base/str.h"

#define SKETCH_VALUES 32
#define SKETCH_BYTES  (SKETCH_VALUES * 4)
#define SKETCH_LEAST  5 /* fewer that can be compared tell nothing */

struct sketch {
    uint32_t value[SKETCH_VALUES]; /* ascending, none twice */
    uint32_t count;                /* below SKETCH_VALUES: all there are */
};

/* A run's hash, one of the text's; the same one again changes nothing. */
static inline bool sketch_wants(const struct sketch *sketch, uint32_t value)
{
    return sketch->count < SKETCH_VALUES || value < sketch->value[SKETCH_VALUES - 1];
}
void sketch_add(struct sketch *sketch, uint32_t value);

/* bytes: of SKETCH_BYTES room. Their number. */
size_t sketch_encode(const struct sketch *sketch, char *bytes);
/* False: not ascending, or of a wrong length. */
bool sketch_decode(struct str bytes, struct sketch *out);

/* How much of `text` stands in `other`: 0 to 100; -1 where too little can be compared. */
int sketch_share(const struct sketch *text, const struct sketch *other);

#endif
