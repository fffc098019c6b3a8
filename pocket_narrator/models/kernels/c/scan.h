/* What the selective scan is told; the same for every element type. Channels are worked on in blocks of 16, one to a
   lane, each block inside one group. Time is cut into chunks, whose states the backward pass recomputes and holds.
   Legend: B rows, T tokens, E channels, G groups of channels with inputs and outputs of their own, N state size. */
#define CHUNK 16
#define MAX_STATE 256

typedef struct {
    int64_t B, T, E, G, N;
    int64_t blocks;              /* of channels */
    int64_t one_rate;            /* rates are [1][E], shared by the states of a channel, and not [N][E] */
    int64_t has_softplus;
    const int64_t *block_start;  /* [blocks + 1]: first channel of each block; its end is the next one's start */
    const int64_t *block_group;  /* [blocks] */
    const float *rates;          /* A log2(e): [N or 1][E] */
    const float *skip;           /* D: [E], or NULL */
    const float *bias;           /* of the steps: [E], or NULL */
    const uint8_t *starts;       /* [B][T], or NULL: where the state is forgotten first */
    int64_t u_stride, delta_stride, z_stride, input_stride, output_stride; /* elements from one token to the next */
} scan_sizes;

/* What one block of channels keeps while a chunk is worked on, in the backward pass. */
typedef struct {
    vec decays[CHUNK][MAX_STATE], states[CHUNK + 1][MAX_STATE]; /* used densely: [t * N + n] */
    vec steps[CHUNK], inputs[CHUNK], slopes[CHUNK], gradients[CHUNK];
} scan_chunk;

/* The last block of a group may have fewer channels than a vector has lanes. Not inline: they are rare, and many. */
#define RARE static __attribute__((noinline, unused))
RARE vec load_part(const float *p, int count) {
    vec x = {0};
    for (int i = 0; i < count; i++) x[i] = p[i];
    return x;
}
RARE void store_part(float *p, vec x, int count) {
    for (int i = 0; i < count; i++) p[i] = x[i];
}
INLINE vec load_some(const float *p, int count) { return count == LANES ? load(p) : load_part(p, count); }
INLINE void store_some(float *p, vec x, int count) {
    if (count == LANES) store(p, x);
    else store_part(p, x, count);
}
