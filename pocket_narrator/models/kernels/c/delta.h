/* The gated delta rule, token by token (delta.py has the formulas): a head's state, [K][V], stays in the first-level cache.

   What a key adds is beta w, with w = v - S^T k what was wanted and not there: the forward pass keeps it, and the states before every
   CHUNK tokens; the backward pass makes the states between again from both. It holds states and their gradient with keys in lanes, and
   the gradient with values in lanes too, so that no sum goes across lanes.
   Legend: B rows, T tokens, J keys a token, H heads, K key width, V value width; Kp, Vp rounded up to whole vectors.
   Strides are floats from one token to the next. */

INLINE void padded_row(const float *from, int64_t width, float *to) {
    memcpy(to, from, sizeof(float) * width);
    for (int64_t i = width; i % LANES; i++) to[i] = 0;
}

/* The sum of weights[i] times row i, 16 columns of it. */
INLINE vec sum_of_rows(const float *weights, const float *rows, int64_t count, int64_t stride) {
    vec even = {0}, odd = {0};
    for (int64_t i = 0; i + 1 < count; i += 2) {
        even += weights[i] * load(rows + i * stride);
        odd += weights[i + 1] * load(rows + (i + 1) * stride);
    }
    if (count % 2) even += weights[count - 1] * load(rows + (count - 1) * stride);
    return even + odd;
}

/* One key of one head: S = fade S, S = S + k (beta w)^T; and y = S^T q where y is given. v, y: [Vp]. w: [V], or NULL. S: [K][Vp]. */
INLINE void correct(int64_t K, int64_t V, const float *k, const float *v, float fade, float beta, float *S, float *w, const float *q, float *y) {
    int64_t Vp = (V + LANES - 1) / LANES * LANES;
    for (int64_t c = 0; c < V; c += LANES) {
        vec wanted = load(v + c) - fade * sum_of_rows(k, S + c, K, Vp), added = beta * wanted;
        if (w) store_some(w + c, wanted, V - c < LANES ? (int)(V - c) : LANES);
        for (int64_t i = 0; i < K; i++) store(S + i * Vp + c, fade * load(S + i * Vp + c) + k[i] * added);
        if (y) store(y + c, sum_of_rows(q, S + c, K, Vp));
    }
}

/* q: [B][T][H][K]. k: [B][T][J][H][K]. v, w: [B][T][J][H][V]. beta: [B][T][J][H]. decay: [B][T][H], 0 where a story starts. initial, last:
   [B][H][K][V]. y: [B][T][H][V]. kept: [B][H][chunks][K][Vp]. */
EXPORT void delta_forward(int64_t B, int64_t T, int64_t J, int64_t H, int64_t K, int64_t V, int64_t q_stride, int64_t k_stride, int64_t v_stride,
                          const float *q, const float *k, const float *v, const float *beta, const float *decay, const float *initial,
                          float *y, float *last, OPTIONAL float *w, OPTIONAL float *kept) {
    int64_t Vp = (V + LANES - 1) / LANES * LANES, chunks = (T + CHUNK - 1) / CHUNK;
#pragma omp parallel for schedule(static) if (B * H > 1 && B * T > 8)
    for (int64_t task = 0; task < B * H; task++) {
        int64_t b = task / H, h = task % H;
        float *S = scratch(sizeof(float) * (K + 2) * Vp), *value = S + K * Vp, *out = value + Vp;
        for (int64_t i = 0; i < K; i++) padded_row(initial + (task * K + i) * V, V, S + i * Vp);
        for (int64_t t = 0; t < T; t++) {
            int64_t token = b * T + t;
            if (kept && t % CHUNK == 0) memcpy(kept + (task * chunks + t / CHUNK) * K * Vp, S, sizeof(float) * K * Vp);
            for (int64_t j = 0; j < J; j++) {
                int64_t cell = (token * J + j) * H + h;
                padded_row(v + token * v_stride + (j * H + h) * V, V, value);
                correct(K, V, k + token * k_stride + (j * H + h) * K, value, j ? 1 : decay[token * H + h], beta[cell], S, w ? w + cell * V : NULL,
                        q + token * q_stride + h * K, j == J - 1 ? out : NULL);
            }
            memcpy(y + (token * H + h) * V, out, sizeof(float) * V);
        }
        for (int64_t i = 0; i < K; i++) memcpy(last + (task * K + i) * V, S + i * Vp, sizeof(float) * V);
        free_scratch(S);
    }
}

/* One key backwards. before: the state before it and before it fades, [V][Kp]. D, [K][Vp], and its transpose Dt, [V][Kp]: the gradient of
   the state after the key, and then before it. e: room [Vp]. Gradients: dk [K], dv [V]. Gives that of beta; that of fade is added to. */
INLINE float correct_backward(int64_t K, int64_t V, const float *k, const float *w, float fade, float beta, const float *before, float *D, float *Dt,
                              float *e, float *dk, float *dv, vec *dfade) {
    int64_t Kp = (K + LANES - 1) / LANES * LANES, Vp = (V + LANES - 1) / LANES * LANES;
    vec dbeta = {0};
    for (int64_t c = 0; c < V; c += LANES) {
        int count = V - c < LANES ? (int)(V - c) : LANES;
        vec dadded = sum_of_rows(k, D + c, K, Vp), wanted = load_some(w + c, count), dwanted = beta * dadded;
        dbeta += dadded * wanted;
        store(e + c, dwanted);
        store_some(dv + c, dwanted, count);
        for (int64_t i = 0; i < K; i++) store(D + i * Vp + c, fade * (load(D + i * Vp + c) - k[i] * dwanted));
    }
    for (int64_t i = 0; i < K; i += LANES) {
        vec key = load(k + i), written = {0}, read = {0}, faded = {0};
        for (int64_t c = 0; c < V; c++) {
            vec gradient = load(Dt + c * Kp + i), old = load(before + c * Kp + i);
            written += w[c] * gradient;
            read += e[c] * old;
            gradient -= e[c] * key;
            faded += gradient * old;
            store(Dt + c * Kp + i, fade * gradient);
        }
        *dfade += faded;
        store_some(dk + i, beta * written - fade * read, K - i < LANES ? (int)(K - i) : LANES);
    }
    return sum_of(dbeta);
}

/* The state before each key of a chunk, and after the last: [length J + 1][V][Kp], from the one before the chunk, [K][Vp]. keys: [length J][Kp]. */
static void states_of_chunk(int64_t count, int64_t J, int64_t H, int64_t K, int64_t V, const float *kept, const float *keys, const float *w, const float *beta,
                            const float *decay, float *states) {
    int64_t Kp = (K + LANES - 1) / LANES * LANES, Vp = (V + LANES - 1) / LANES * LANES;
    memset(states, 0, sizeof(float) * V * Kp);
    for (int64_t i = 0; i < K; i++)
        for (int64_t c = 0; c < V; c++) states[c * Kp + i] = kept[i * Vp + c];
    for (int64_t s = 0; s < count; s++) {
        const float *before = states + s * V * Kp, *wanted = w + s * H * V;
        float *after = states + (s + 1) * V * Kp, fade = s % J ? 1 : decay[s / J * H];
        for (int64_t i = 0; i < Kp; i += LANES) {
            vec key = beta[s * H] * load(keys + s * Kp + i);
            for (int64_t c = 0; c < V; c++) store(after + c * Kp + i, fade * load(before + c * Kp + i) + wanted[c] * key);
        }
    }
}

/* Gradients have the shapes of what they are of. */
EXPORT void delta_backward(int64_t B, int64_t T, int64_t J, int64_t H, int64_t K, int64_t V, int64_t q_stride, int64_t k_stride, const float *q,
                           const float *k, const float *beta, const float *decay, const float *w, const float *kept, const float *grad_y,
                           const float *grad_last, float *grad_q, float *grad_k, float *grad_v, float *grad_beta, float *grad_decay, float *grad_initial) {
    int64_t Kp = (K + LANES - 1) / LANES * LANES, Vp = (V + LANES - 1) / LANES * LANES, chunks = (T + CHUNK - 1) / CHUNK;
#pragma omp parallel for schedule(static)
    for (int64_t task = 0; task < B * H; task++) {
        int64_t b = task / H, h = task % H, states_size = (CHUNK * J + 1) * V * Kp;
        float *states = scratch(sizeof(float) * (states_size + V * Kp + K * Vp + CHUNK * J * Kp + Kp + 2 * Vp));
        float *Dt = states + states_size, *D = Dt + V * Kp, *keys = D + K * Vp, *query = keys + CHUNK * J * Kp, *dy = query + Kp, *e = dy + Vp;
        memset(Dt, 0, sizeof(float) * V * Kp);
        for (int64_t i = 0; i < K; i++) {
            padded_row(grad_last + (task * K + i) * V, V, D + i * Vp);
            for (int64_t c = 0; c < V; c++) Dt[c * Kp + i] = D[i * Vp + c];
        }
        for (int64_t chunk = chunks - 1; chunk >= 0; chunk--) {
            int64_t from = chunk * CHUNK, length = T - from < CHUNK ? T - from : CHUNK, first = b * T + from, cell = first * J * H + h;
            for (int64_t s = 0; s < length * J; s++) padded_row(k + (first + s / J) * k_stride + (s % J * H + h) * K, K, keys + s * Kp);
            states_of_chunk(length * J, J, H, K, V, kept + (task * chunks + chunk) * K * Vp, keys, w + cell * V, beta + cell, decay + first * H + h, states);
            for (int64_t t = length - 1; t >= 0; t--) {
                int64_t token = first + t;
                const float *after = states + (t + 1) * J * V * Kp;
                padded_row(q + token * q_stride + h * K, K, query);
                padded_row(grad_y + (token * H + h) * V, V, dy);
                for (int64_t i = 0; i < K; i += LANES) {
                    vec x = load(query + i);
                    store_some(grad_q + (token * H + h) * K + i, sum_of_rows(dy, after + i, V, Kp), K - i < LANES ? (int)(K - i) : LANES);
                    for (int64_t c = 0; c < V; c++) store(Dt + c * Kp + i, load(Dt + c * Kp + i) + dy[c] * x);
                }
                for (int64_t c = 0; c < V; c += LANES)
                    for (int64_t i = 0; i < K; i++) store(D + i * Vp + c, load(D + i * Vp + c) + query[i] * load(dy + c));
                vec dfade = {0};
                for (int64_t j = J - 1; j >= 0; j--) {
                    int64_t s = t * J + j, at = cell + s * H;
                    dfade = (vec){0};
                    grad_beta[at] = correct_backward(K, V, keys + s * Kp, w + at * V, j ? 1 : decay[token * H + h], beta[at], states + s * V * Kp, D, Dt, e,
                                                     grad_k + at * K, grad_v + at * V, &dfade);
                }
                grad_decay[token * H + h] = sum_of(dfade);
            }
        }
        for (int64_t i = 0; i < K; i++) memcpy(grad_initial + (task * K + i) * V, D + i * Vp, sizeof(float) * V);
        free_scratch(states);
    }
}
