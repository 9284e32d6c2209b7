/* Loops around the SSW library, to time it as called from a C program.
 * One profile serves all consecutive alignments of the same first sequence. */
#include <stdint.h>
#include <stdlib.h>

#include "ssw.h"

enum { EITHER_WIDTH = 2, SCORE_ONLY = 0, CIGAR_FROM_SCORE = 2, MASK = 15 };

typedef struct {
    const int8_t *codes;
    const int64_t *offsets; /* sequence i is codes[offsets[i]] to codes[offsets[i + 1] - 1] */
    int64_t count;
} sequences_t;

typedef struct {
    const int8_t *matrix;
    int32_t n_codes, open, extend;
} costs_t;

static int32_t length_of(const sequences_t *set, int64_t i)
{
    return (int32_t)(set->offsets[i + 1] - set->offsets[i]);
}

static s_profile *profile_of(const sequences_t *set, int64_t i, const costs_t *costs)
{
    return ssw_init(set->codes + set->offsets[i], length_of(set, i), costs->matrix, costs->n_codes,
                    EITHER_WIDTH);
}

/* Return the score of a pair; make its CIGAR if it reaches min_score (0: never). */
static int32_t aligned(const s_profile *profile, const sequences_t *set, int64_t i,
                       const costs_t *costs, int min_score)
{
    s_align *found = ssw_align(profile, set->codes + set->offsets[i], length_of(set, i),
                               costs->open, costs->extend,
                               min_score ? CIGAR_FROM_SCORE : SCORE_ONLY, min_score, 0,
                               MASK);
    int32_t score = found->score1;
    align_destroy(found);
    return score;
}

void score_all(const sequences_t *queries, const sequences_t *targets, const costs_t *costs,
               int32_t *scores)
{
    for (int64_t q = 0; q < queries->count; q++) {
        s_profile *profile = profile_of(queries, q, costs);
        for (int64_t t = 0; t < targets->count; t++)
            *scores++ = aligned(profile, targets, t, costs, 0);
        init_destroy(profile);
    }
}

void pairs(const sequences_t *a, const int64_t *index_a, const sequences_t *b,
           const costs_t *costs, int min_score, int32_t *scores)
{
    s_profile *profile = NULL;
    for (int64_t p = 0; p < b->count; p++) {
        if (p == 0 || index_a[p] != index_a[p - 1]) {
            if (profile)
                init_destroy(profile);
            profile = profile_of(a, index_a[p], costs);
        }
        scores[p] = aligned(profile, b, p, costs, min_score);
    }
    if (profile)
        init_destroy(profile);
}
