/* Loops around libparasail, to time it as called from a C program.
 *
 * Functions are selected by parasail's names. Each returns 0, or 1 if parasail has no such function.
 * One profile serves all consecutive alignments of the same first sequence.
 */
#include <stdint.h>
#include <stdlib.h>

#include <parasail.h>

typedef struct {
    const char *residues;
    const int64_t *offsets; /* sequence i is residues[offsets[i]] to residues[offsets[i + 1] - 1] */
    int64_t count;
} sequences_t;

typedef struct {
    parasail_matrix_t *matrix;
    int open, extend;
} costs_t;

static const char *start_of(const sequences_t *set, int64_t i)
{
    return set->residues + set->offsets[i];
}

static int length_of(const sequences_t *set, int64_t i)
{
    return (int)(set->offsets[i + 1] - set->offsets[i]);
}

parasail_matrix_t *make_matrix(const char *alphabet, int count, const int32_t *scores)
{
    parasail_matrix_t *matrix = parasail_matrix_create(alphabet, 1, -1);
    for (int row = 0; row < count; row++)
        for (int column = 0; column < count; column++)
            parasail_matrix_set_value(matrix, row, column, scores[row * count + column]);
    return matrix;
}

int score_all(const char *name, const sequences_t *queries, const sequences_t *targets,
              const costs_t *costs, int32_t *scores)
{
    parasail_pfunction_t *align = parasail_lookup_pfunction(name);
    parasail_pcreator_t *create = parasail_lookup_pcreator(name);
    if (!align || !create)
        return 1;
    for (int64_t q = 0; q < queries->count; q++) {
        parasail_profile_t *profile =
            create(start_of(queries, q), length_of(queries, q), costs->matrix);
        for (int64_t t = 0; t < targets->count; t++) {
            parasail_result_t *result = align(profile, start_of(targets, t), length_of(targets, t),
                                              costs->open, costs->extend);
            *scores++ = parasail_result_get_score(result);
            parasail_result_free(result);
        }
        parasail_profile_free(profile);
    }
    return 0;
}

/* Align one pair, make its CIGAR if it reaches min_score, and return its score. The operations are
 * counted so that the compiler cannot drop them. */
static int traced(const parasail_profile_t *profile, parasail_pfunction_t *trace,
                  const sequences_t *a, int64_t i, const sequences_t *b, int64_t j,
                  const costs_t *costs, int min_score, int64_t *operations)
{
    parasail_result_t *result =
        trace(profile, start_of(b, j), length_of(b, j), costs->open, costs->extend);
    int score = parasail_result_get_score(result);
    if (score >= min_score) {
        parasail_cigar_t *cigar =
            parasail_result_get_cigar(result, start_of(a, i), length_of(a, i), start_of(b, j),
                                      length_of(b, j), costs->matrix);
        *operations += cigar->len;
        parasail_cigar_free(cigar);
    }
    parasail_result_free(result);
    return score;
}

/* Align sequence index_a[p] of a with sequence p of b. If score_name is not empty, it scores all
 * pairs. If trace_name is not empty, it aligns the pairs that reach min_score, or all pairs if
 * score_name is empty; CIGARs are made of those that reach min_score. */
int pairs(const char *score_name, const char *trace_name, const sequences_t *a,
          const int64_t *index_a, const sequences_t *b, const costs_t *costs, int min_score,
          int32_t *scores, int64_t *operations)
{
    parasail_pfunction_t *score = *score_name ? parasail_lookup_pfunction(score_name) : NULL;
    parasail_pfunction_t *trace = *trace_name ? parasail_lookup_pfunction(trace_name) : NULL;
    /* Score and trace of one width and kind share their profile. */
    parasail_pcreator_t *create = parasail_lookup_pcreator(*score_name ? score_name : trace_name);
    if (!create || (*score_name && !score) || (*trace_name && !trace))
        return 1;
    parasail_profile_t *profile = NULL;
    *operations = 0;
    for (int64_t p = 0; p < b->count; p++) {
        int64_t i = index_a[p];
        if (p == 0 || i != index_a[p - 1]) {
            if (profile)
                parasail_profile_free(profile);
            profile = create(start_of(a, i), length_of(a, i), costs->matrix);
        }
        if (score) {
            parasail_result_t *result =
                score(profile, start_of(b, p), length_of(b, p), costs->open, costs->extend);
            scores[p] = parasail_result_get_score(result);
            parasail_result_free(result);
        }
        if (trace && (!score || scores[p] >= min_score))
            scores[p] = traced(profile, trace, a, i, b, p, costs, min_score, operations);
    }
    if (profile)
        parasail_profile_free(profile);
    return 0;
}
