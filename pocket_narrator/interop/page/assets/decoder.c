/* The decoder of a page: the kernels' step and sampler, and what lays out weights where they are read. Compiled to WebAssembly
   by `python -m distribution.wasm`; called by decoder.js. Sizes are 32 bits, as addresses are there. */
#include "native.c"

/* Memory that begins at a vector, zeros; 0 where there is no more. */
EXPORT void *reserve(int32_t bytes) {
    void *found = scratch(bytes ? (size_t)bytes : 1);
    if (found) memset(found, 0, bytes);
    return found;
}
EXPORT void release(void *memory) { free_scratch(memory); }

/* from: [N][K], to: [groups][K][GROUP], zeros before. */
EXPORT void pack_floats(const float *from, int32_t N, int32_t K, float *to) {
    for (int32_t n = 0; n < N; n++) {
        float *out = to + (size_t)(n / GROUP) * K * GROUP + n % GROUP;
        for (int32_t k = 0; k < K; k++) out[(size_t)k * GROUP] = from[(size_t)n * K + k];
    }
}

/* from: [N][K], to: [groups][cells][GROUP][BYTES_IN_CELL], zeros before. */
EXPORT void pack_bytes(const int8_t *from, int32_t N, int32_t K, int8_t *to) {
    int32_t in_cell = BYTES_IN_CELL, cells = (int32_t)cells_of(BYTES, K);
    for (int32_t n = 0; n < N; n++) {
        int8_t *out = to + ((size_t)(n / GROUP) * cells * GROUP + n % GROUP) * in_cell;
        for (int32_t k = 0; k < K; k++) out[(size_t)(k / in_cell) * GROUP * in_cell + k % in_cell] = from[(size_t)n * K + k];
    }
}

/* Bytes of the packed weights of N outputs of K inputs. */
EXPORT int32_t packed_size(int32_t form, int32_t N, int32_t K) {
    return (int32_t)((N + GROUP - 1) / GROUP * cells_of(form, K) * GROUP * (form == BYTES ? BYTES_IN_CELL : 4));
}

/* Rows of a table from whole numbers and a scale each. */
EXPORT void expand_rows(const int8_t *from, const float *scales, int32_t N, int32_t K, float *to) {
    for (int32_t n = 0; n < N; n++)
        for (int32_t k = 0; k < K; k++) to[(size_t)n * K + k] = from[(size_t)n * K + k] * scales[n];
}

/* Log-probability of a token, in nats. logits: [V rounded up to whole vectors]. */
EXPORT double log_probability(const float *logits, int32_t V, int32_t token) {
    float top = -INFINITY;
    for (int32_t i = 0; i < V; i++) top = logits[i] > top ? logits[i] : top;
    double total = 0;
    for (int32_t i = 0; i < V; i += LANES) {
        int left = V - i < LANES ? V - i : LANES;
        total += sum_of(select_vec(LANE_INDEX < left, exp_vec(load_some(logits + i, left) - top), (vec){0}));
    }
    return logits[token] - top - log(total);
}
