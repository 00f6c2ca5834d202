#include "worker/train/train_name_chain.h"

#include "proto/base/mem.h"

#define EXP_LEAST (-60.0) /* below: nothing that counts */
#define LOG2_E    1.4426950408889634
#define LN_2      0.6931471805599453
#define EXP_TERMS 14 /* of the series, for half a bit of the exponent each way */

/* e to x, x <= 0; not libm's, which differs in the last bit from one to the next. */
static double exp_below(double x)
{
    if (x < EXP_LEAST)
        return 0;
    int power = (int)(x * LOG2_E - 0.5);
    double rest = x - power * LN_2, sum = 1;
    for (int i = EXP_TERMS; i > 0; i--)
        sum = 1 + sum * rest / i;
    for (; power < 0; power++)
        sum *= 0.5;
    return sum;
}

void chain_init(struct chain *chain, uint32_t most)
{
    *chain = (struct chain){.factor = mem_zero(most, sizeof *chain->factor),
                            .forward = mem_zero(most, sizeof *chain->forward),
                            .back = mem_zero(most, sizeof *chain->back)};
}

void chain_fini(struct chain *chain)
{
    mem_free(chain->factor);
    mem_free(chain->forward);
    mem_free(chain->back);
}

void chain_set(struct chain *chain, uint32_t i, const float *scores)
{
    double sum[NAME_TAGS * NAME_TAGS], most = 0;
    bool any = false;
    for (uint32_t b = 0; b < NAME_TAGS; b++)
        for (uint32_t t = 0; t < NAME_TAGS; t++) {
            double s = (double)scores[t] + (double)scores[NAME_PAIR(b, t)];
            sum[b * NAME_TAGS + t] = s;
            if (name_may_follow(b, t) && (!any || s > most)) {
                most = s;
                any = true;
            }
        }
    for (uint32_t b = 0; b < NAME_TAGS; b++)
        for (uint32_t t = 0; t < NAME_TAGS; t++) {
            uint32_t k = b * NAME_TAGS + t;
            chain->factor[i][k] = name_may_follow(b, t) ? exp_below(sum[k] - most) : 0;
        }
}

/* Makes the values add up to 1; false where all are 0. */
static bool normalise(double *values)
{
    double sum = 0;
    for (uint32_t t = 0; t < NAME_TAGS; t++)
        sum += values[t];
    for (uint32_t t = 0; t < NAME_TAGS && sum > 0; t++)
        values[t] /= sum;
    return sum > 0;
}

static bool run_forward(struct chain *chain, const uint8_t *allowed, uint32_t count)
{
    static const double start[NAME_TAGS] = {[NAME_O] = 1};
    for (uint32_t i = 0; i < count; i++) {
        const double *before = i ? chain->forward[i - 1] : start;
        for (uint32_t t = 0; t < NAME_TAGS; t++) {
            double sum = 0;
            for (uint32_t b = 0; b < NAME_TAGS; b++)
                sum += before[b] * chain->factor[i][b * NAME_TAGS + t];
            chain->forward[i][t] = allowed[i] >> t & 1 ? sum : 0;
        }
        if (!normalise(chain->forward[i]))
            return false;
    }
    return true;
}

static void run_back(struct chain *chain, const uint8_t *allowed, uint32_t count)
{
    for (uint32_t t = 0; t < NAME_TAGS; t++)
        chain->back[count - 1][t] = 1;
    for (uint32_t i = count - 1; i > 0; i--) {
        for (uint32_t b = 0; b < NAME_TAGS; b++) {
            double sum = 0;
            for (uint32_t t = 0; t < NAME_TAGS; t++)
                if (allowed[i] >> t & 1)
                    sum += chain->factor[i][b * NAME_TAGS + t] * chain->back[i][t];
            chain->back[i - 1][b] = sum;
        }
        normalise(chain->back[i - 1]);
    }
}

bool chain_expect(struct chain *chain, const uint8_t *allowed, uint32_t count,
                  double sign, double *out)
{
    if (!run_forward(chain, allowed, count))
        return false;
    run_back(chain, allowed, count);
    for (uint32_t i = 0; i < count; i++) {
        double share[NAME_TAGS * NAME_TAGS], sum = 0, *label = out + i * NAME_LABELS;
        for (uint32_t b = 0; b < NAME_TAGS; b++)
            for (uint32_t t = 0; t < NAME_TAGS; t++) {
                uint32_t k = b * NAME_TAGS + t;
                double from = i ? chain->forward[i - 1][b] : b == NAME_O;
                double to = allowed[i] >> t & 1 ? chain->back[i][t] : 0;
                share[k] = from * chain->factor[i][k] * to;
                sum += share[k];
            }
        for (uint32_t b = 0; b < NAME_TAGS; b++)
            for (uint32_t t = 0; t < NAME_TAGS; t++) {
                double part = sign * share[b * NAME_TAGS + t] / sum;
                label[t] += part;
                label[NAME_PAIR(b, t)] += part;
            }
    }
    return true;
}
