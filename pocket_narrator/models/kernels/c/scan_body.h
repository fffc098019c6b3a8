/* One chunk of one block of channels, forward and backward. Included with STATE 16, which keeps the states in registers,
   and with STATE read at run time. `one_rate` is a constant at every call, so that its branches vanish. */

INLINE void BODY(forward)(const scan_sizes *s, const ELEMENT *u, const ELEMENT *delta, const ELEMENT *z, const float *B, const float *C,
                          const uint8_t *start, float *state, float *keep, ELEMENT *y, int64_t e, int count, int64_t length,
                          const int one_rate) {
    int64_t E = s->E;
    vec h[STATE_ROOM], rates[STATE_ROOM];
    vec skip = s->skip ? load_some(s->skip + e, count) : (vec){0};
    UNROLL
    for (int64_t n = 0; n < STATE; n++) {
        h[n] = load_some(state + n * E + e, count);
        if (keep) store_some(keep + n * E + e, h[n], count);
        rates[n] = load_some(s->rates + (one_rate ? 0 : n * E) + e, count);
    }
    for (int64_t t = 0; t < length; t++) {
        vec slope, in = NAME(load_lanes)(u + t * s->u_stride, count);
        vec d = NAME(step_size)(s, delta + t * s->delta_stride, e, count, &slope);
        vec x = d * in, out = skip * in, more = {0};
        if (start && start[t]) {
    UNROLL
            for (int64_t n = 0; n < STATE; n++) {
                h[n] = x * B[t * STATE + n];
                out += h[n] * C[t * STATE + n];
            }
        } else {
            vec decay = {0};
            if (one_rate) decay = exp2_vec(d * rates[0]);
    UNROLL
            for (int64_t n = 0; n < STATE; n++) {
                vec a = decay;
                if (!one_rate) a = exp2_vec(d * rates[n]);
                h[n] = a * h[n] + x * B[t * STATE + n];
                if (n & 1) more += h[n] * C[t * STATE + n]; /* two sums, so that neither is waited for */
                else out += h[n] * C[t * STATE + n];
            }
        }
        out += more;
        if (z) {
            vec gate = NAME(load_lanes)(z + t * s->z_stride, count);
            out *= gate * sigmoid_vec(gate);
        }
        NAME(store_lanes)(y + t * E, out, count);
    }
    UNROLL
    for (int64_t n = 0; n < STATE; n++) store_some(state + n * E + e, h[n], count);
}

INLINE void BODY(backward)(const scan_sizes *s, const ELEMENT *u, const ELEMENT *delta, const ELEMENT *z, const float *B, const float *C,
                           const uint8_t *start, const float *keep, const ELEMENT *grad_y, float *grad_state, scan_chunk *room,
                           vec *input_sums, vec *output_sums, ELEMENT *grad_u, ELEMENT *grad_delta, ELEMENT *grad_z, float *grad_rates,
                           float *grad_skip, float *grad_bias, int64_t e, int count, int64_t length, const int one_rate) {
    int64_t E = s->E;
    vec rates[STATE_ROOM], g[STATE_ROOM];
    vec *decays = &room->decays[0][0], *states = &room->states[0][0];
    vec skip = s->skip ? load_some(s->skip + e, count) : (vec){0};
    /* Again what the forward pass did, and what the gate needs of it. */
    UNROLL
    for (int64_t n = 0; n < STATE; n++) {
        rates[n] = load_some(s->rates + (one_rate ? 0 : n * E) + e, count);
        g[n] = load_some(keep + n * E + e, count); /* the state, until the gradient takes its place */
        states[n] = g[n];
    }
    for (int64_t t = 0; t < length; t++) {
        vec in = NAME(load_lanes)(u + t * s->u_stride, count), out = skip * in, more = {0};
        vec d = NAME(step_size)(s, delta + t * s->delta_stride, e, count, &room->slopes[t]);
        vec x = d * in, keeps = splat(start && start[t] ? 0.0f : 1.0f);
        vec decay = {0};
        if (one_rate) decays[t * STATE] = decay = exp2_vec(d * rates[0]) * keeps;
    UNROLL
        for (int64_t n = 0; n < STATE; n++) {
            vec a = decay;
            if (!one_rate) a = exp2_vec(d * rates[n]) * keeps;
            g[n] = a * g[n] + x * B[t * STATE + n];
            if (!one_rate) decays[t * STATE + n] = a;
            states[(t + 1) * STATE + n] = g[n];
            if (n & 1) more += g[n] * C[t * STATE + n];
            else out += g[n] * C[t * STATE + n];
        }
        vec grad = NAME(load_lanes)(grad_y + t * E, count);
        if (z) {
            vec gate = NAME(load_lanes)(z + t * s->z_stride, count), open = sigmoid_vec(gate);
            NAME(store_lanes)(grad_z + t * E, grad * (out + more) * open * (1.0f + gate * (1.0f - open)), count);
            grad *= gate * open;
        }
        room->gradients[t] = grad;
        room->steps[t] = d;
        room->inputs[t] = in;
    }
    vec rate_sums[STATE_ROOM], skip_sum = {0}, bias_sum = {0};
    UNROLL
    for (int64_t n = 0; n < STATE; n++) {
        g[n] = load_some(grad_state + n * E + e, count);
        rate_sums[n] = (vec){0};
    }
    for (int64_t t = length - 1; t >= 0; t--) {
        vec grad = room->gradients[t], d = room->steps[t], in = room->inputs[t], x = d * in;
        vec grad_x = {0}, grad_d = {0}, decay = decays[t * STATE];
    UNROLL
        for (int64_t n = 0; n < STATE; n++) {
            vec carried = g[n] + grad * C[t * STATE + n]; /* the gradient of the state after token t */
            output_sums[t * STATE + n] += grad * states[(t + 1) * STATE + n];
            input_sums[t * STATE + n] += carried * x;
            grad_x += carried * B[t * STATE + n];
            g[n] = carried * (one_rate ? decay : decays[t * STATE + n]);
            vec exponent = g[n] * states[t * STATE + n]; /* the gradient of d A */
            if (one_rate) grad_d += exponent;
            else {
                grad_d += exponent * rates[n];
                rate_sums[n] += exponent * d;
            }
        }
        if (one_rate) {
            rate_sums[0] += grad_d * d;
            grad_d *= rates[0];
        }
        vec grad_step = (grad_d * 0.69314718056f + grad_x * in) * room->slopes[t]; /* rates are A log2(e) */
        NAME(store_lanes)(grad_delta + t * E, grad_step, count);
        NAME(store_lanes)(grad_u + t * E, grad_x * d + grad * skip, count);
        bias_sum += grad_step;
        skip_sum += grad * in;
    }
    UNROLL
    for (int64_t n = 0; n < STATE; n++) {
        store_some(grad_state + n * E + e, g[n], count);
        if (n == 0 || !one_rate) {
            float *out = grad_rates + n * E + e;
            store_some(out, load_some(out, count) + rate_sums[n], count);
        }
    }
    store_some(grad_skip, load_some(grad_skip, count) + skip_sum, count);
    store_some(grad_bias, load_some(grad_bias, count) + bias_sum, count);
}
