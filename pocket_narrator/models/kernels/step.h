/* One token of a Mamba layer, from its normed input to what it adds to the residual stream: for telling, where a torch
   operation would cost more to call than to compute. Weights are read once for all rows.
   Legend: B rows, C width, E channels, N state size, R step rank, K tokens that the convolution sees. */

INLINE float dot(const float *a, const float *b, int64_t length) {
    vec sums[4] = {{0}, {0}, {0}, {0}};
    int64_t i = 0;
    for (; i + 4 * LANES <= length; i += 4 * LANES)
        for (int j = 0; j < 4; j++) sums[j] += load(a + i + j * LANES) * load(b + i + j * LANES);
    for (; i + LANES <= length; i += LANES) sums[0] += load(a + i) * load(b + i);
    float total = sum_of((sums[0] + sums[1]) + (sums[2] + sums[3]));
    for (; i < length; i++) total += a[i] * b[i];
    return total;
}

/* y[b][row] = weight[row] x[b], shared out among the threads of the team that calls it. */
INLINE void product(const float *weight, const float *x, float *y, int64_t B, int64_t inner, int64_t rows) {
#pragma omp for schedule(static)
    for (int64_t row = 0; row < rows; row++)
        for (int64_t b = 0; b < B; b++) y[b * rows + row] = dot(weight + row * inner, x + b * inner, inner);
}

/* y[b] = weight x[b] for a few rows b: [rows][inner], [B][inner], [B][rows]. */
EXPORT void few_rows_product(const float *weight, const float *x, float *y, int64_t B, int64_t inner, int64_t rows) {
#pragma omp parallel
    product(weight, x, y, B, inner, rows);
}

/* numbers: B, C, E, N, R, K. convolution: [K][E], the newest token's first; rates: A log2(e), [N][E]; recent [B][K - 1][E],
   oldest first, and state [B][N][E] are changed in place; work: [B][2 E + E + R + 2 N] floats. */
EXPORT void mamba_step(const int64_t *numbers, const float *x, const float *up, const float *convolution, const float *convolution_bias,
                       const float *select, const float *steps, const float *bias, const float *rates, const float *skip,
                       const float *out, float *recent, float *state, float *work, float *y) {
    int64_t B = numbers[0], C = numbers[1], E = numbers[2], N = numbers[3], R = numbers[4], K = numbers[5];
    int64_t blocks = (E + LANES - 1) / LANES, chosen = R + 2 * N;
    float *both = work, *u = both + B * 2 * E, *selected = u + B * E;
#pragma omp parallel
    {
        product(up, x, both, B, C, 2 * E);
#pragma omp for schedule(static) collapse(2)
        for (int64_t b = 0; b < B; b++)
            for (int64_t k = 0; k < blocks; k++) {
                int64_t e = k * LANES;
                int count = E - e < LANES ? (int)(E - e) : LANES;
                float *row = recent + b * (K - 1) * E + e;
                vec newest = load_some(both + b * 2 * E + e, count);
                vec sum = load_some(convolution_bias + e, count) + newest * load_some(convolution + e, count);
                for (int64_t j = 1; j < K; j++) sum += load_some(row + (K - 1 - j) * E, count) * load_some(convolution + j * E + e, count);
                for (int64_t j = 0; j + 2 < K; j++) store_some(row + j * E, load_some(row + (j + 1) * E, count), count);
                if (K > 1) store_some(row + (K - 2) * E, newest, count);
                store_some(u + b * E + e, sum * sigmoid_vec(sum), count);
            }
        product(select, u, selected, B, E, chosen);
#pragma omp for schedule(static) collapse(2)
        for (int64_t b = 0; b < B; b++)
            for (int64_t k = 0; k < blocks; k++) {
                int64_t e = k * LANES;
                int count = E - e < LANES ? (int)(E - e) : LANES;
                const float *low = selected + b * chosen, *input = low + R, *output = input + N;
                vec slope, d = {0}, in = load_some(u + b * E + e, count), gate = load_some(both + b * 2 * E + E + e, count);
                for (int i = 0; i < count; i++) d[i] = dot(steps + (e + i) * R, low, R);
                d = softplus_vec(d + load_some(bias + e, count), &slope);
                vec step = d * in, sum = in * load_some(skip + e, count);
                for (int64_t n = 0; n < N; n++) {
                    float *cell = state + (b * N + n) * E + e;
                    vec h = exp2_vec(d * load_some(rates + n * E + e, count)) * load_some(cell, count) + step * input[n];
                    store_some(cell, h, count);
                    sum += h * output[n];
                }
                store_some(u + b * E + e, sum * gate * sigmoid_vec(gate), count);
            }
        product(out, u, y, B, E, C);
    }
}
