/* What one step of the decoder is told. Python fills these structs by the names of their fields, from these declarations
   (declarations.py): one type and its names a line; what may be NULL is OPTIONAL. */

/* Rows of activations, `stride` floats from one to the next. */
typedef struct {
    float *at;
    int64_t stride;
} activations;

typedef enum { FLOATS, PAIRS, BYTES } cell_form; /* of weights: one float, two bf16 or four int8 in 4 bytes */
typedef enum { NO_NORM, RMS, LAYER } norm_kind;
typedef enum { SUMMED, GATED, STEPPED } recurrence_kind; /* linear attention; gated linear attention; Mamba-2 */

/* x = embedding[token] + positions[position] + bigrams[(before factor x token before + token factor x token) mod buckets]; the same
   to copy. */
typedef struct {
    int64_t width;
    int64_t buckets, before_factor, token_factor;
    const float *embedding;         /* [vocabulary][width] */
    OPTIONAL const float *positions; /* [context][width] */
    OPTIONAL const float *bigrams;  /* [buckets][width] */
    activations x;
    OPTIONAL activations copy;
} embed_operation;

/* x = old x + new embedded. */
typedef struct {
    int64_t width;
    double old, new;
    activations x, embedded;
} skip_operation;

/* output = activation(weights norm(input) + bias), or added to what is there. Only wanted: row i of the output is the i-th row that
   is wanted. */
typedef struct {
    cell_form form;
    norm_kind norm;
    activation_kind activation;
    int64_t inputs, groups;         /* K; outputs are 64 a group */
    int64_t is_added, only_wanted;
    int64_t norm_width;             /* of blocks that are normed each by itself; 0: the row */
    double epsilon;
    const void *weights;            /* [groups][cells][64] */
    OPTIONAL const float *scales;   /* of integers: [groups 64] */
    OPTIONAL const int32_t *totals; /* of integers: the sum of each output's weights, [groups 64] */
    OPTIONAL const float *bias;     /* [groups 64] */
    OPTIONAL const float *gain, *shift; /* of the norm: [K + 64] */
    activations input, output;
} product_operation;

/* Softmax attention over what the slot remembers. Wp: the window rounded up to SPAN; Dp: the width rounded up to 16. */
typedef struct {
    int64_t heads, key_value_heads, width, window;
    int64_t has_pairs;              /* bf16 is remembered */
    int64_t has_norm;               /* of queries and keys */
    double scale;                   /* of the scores */
    activations qkv, output;
    void *keys;                     /* [slot][key-value heads][Wp / 16][cells][16] */
    void *values;                   /* [slot][key-value heads][Wp][Dp] */
    OPTIONAL const float *cosine, *sine; /* [positions][width / 2] */
    OPTIONAL const float *added;    /* to the values, token by token: [vocabulary][key-value heads][width] */
} attend_operation;

/* The short causal convolution, channel by channel, with SiLU. E is the channels, Ep those rounded up to 16. */
typedef struct {
    int64_t channels, taps;
    activations input, output;
    const float *weights;           /* [taps][Ep], the newest token's first */
    const float *bias;              /* [Ep] */
    float *recent;                  /* inputs: [slot][taps - 1][Ep], oldest first */
} convolve_operation;

/* Mamba's selective scan. */
typedef struct {
    int64_t channels, states, rank;
    activations u, gate, output;
    activations selected;           /* R low-rank steps, N inputs, N outputs */
    const float *steps, *bias;      /* [R][Ep], [Ep] */
    const float *rates;             /* A log2(e): [N][Ep] */
    const float *skip;              /* [Ep] */
    float *state;                   /* [slot][N][Ep] */
} scan_operation;

/* A matrix of state a head. K: width of queries and keys, V: of values, Vp: V rounded up to 16. */
typedef struct {
    recurrence_kind kind;
    int64_t heads;
    int64_t shared;                 /* heads that have queries and keys in common */
    int64_t key_width, value_width;
    double epsilon;
    double temperature, lowest;     /* gated: what the logarithm of a decay is divided by, and not below */
    activations queries, keys, values, output;
    float *state;                   /* [slot][heads][K][Vp] */
    OPTIONAL float *sums;           /* summed: of key features, [slot][heads][K] */
    OPTIONAL activations choice;    /* gated: logits of the decay [heads][K]; stepped: steps before their bias [heads] */
    OPTIONAL activations gate;      /* [heads][V] */
    OPTIONAL const float *gain;     /* gated: of the head's norm [V]; stepped: bias of the steps, rates, skip [3][heads] */
    OPTIONAL const float *cosine, *sine; /* [positions][K / 2] */
    OPTIONAL const float *added;    /* to the values: [vocabulary][heads][V] */
} recur_operation;

/* Mamba-3's recurrence. K, V and Vp as above; P: pairs (i, i + P) of K that are rotated. */
typedef struct {
    int64_t heads, shared;
    int64_t key_width, value_width, pairs;
    double epsilon;                 /* of the norms */
    double lowest;                  /* rate */
    activations values, keys, queries, gate, output;
    activations choices;            /* steps before their bias, rates, blends [3][heads]; angles [P] */
    const float *gains;             /* of the norms of keys and queries: [2][K] */
    const float *biases;            /* [2][heads][K] */
    const float *scales;            /* bias of the steps, skip: [2][heads] */
    float *state;                   /* [slot][heads][K][Vp] */
    float *left;                    /* by the token before: its key, its value and its turns, [slot][heads][K + Vp + P] */
} trapezoid_operation;

/* The gated delta rule. K: width of queries, keys and values; Kp: K rounded up to 16. */
typedef struct {
    int64_t heads, width;
    int64_t steps;                  /* keys a token: J */
    double beta_range;
    double length_epsilon, epsilon; /* of the length of queries and keys; of the norm */
    activations queries, keys, values; /* [heads][K], [J][heads][K], [J][heads][K] */
    activations choices;            /* steps of the decay before their bias [heads]; logits of beta [J][heads] */
    activations gate, output;       /* [heads][K] */
    float *state;                   /* [slot][heads][K][Kp] */
    const float *bias, *rates;      /* of the decay: [heads] */
    const float *gain;              /* [K] */
} delta_operation;

/* The narrative mixer's scan. */
typedef struct {
    int64_t channels, states, rank, tracks;
    activations u, output;
    activations selected;           /* R low-rank steps, then N inputs and N outputs of each track */
    OPTIONAL activations router;    /* logits [tracks] */
    const float *steps, *bias;      /* [R][E], [E] */
    const float *slowest, *range;   /* logarithms of the slowest steps, and how far the fastest are above them: [E] */
    const float *rates, *skip;      /* A log2(e) and D: [E] */
    float *state;                   /* [slot][N][E] */
    const int64_t *edges;           /* first channel of each track, and E: [tracks + 1] */
} scan_tracks_operation;

/* Each track through a norm of its own, the other tracks' news, and the gates. w: width of the cross-track attention. */
typedef struct {
    int64_t channels, tracks;
    int64_t cross_width;            /* w; 0: none */
    double epsilon;
    activations y, gate, output;
    OPTIONAL activations reader;    /* logits [tracks] */
    const float *gain;              /* [E] */
    const int64_t *edges;           /* [tracks + 1] */
    OPTIONAL const float *open;     /* how open the way back is: [tracks] */
    OPTIONAL const float *qkv;      /* of each track [track width][3 w], one after the other */
    OPTIONAL const float *back;     /* of each track [w][track width], one after the other */
} read_tracks_operation;

#define LACKING (-1) /* instead of a number of floats: see decode_room */

/* All kinds of operations: a struct NAME_operation above and a function NAME. */
#define OPERATIONS(X) X(embed) X(skip) X(product) X(attend) X(convolve) X(scan) X(recur) X(delta) X(trapezoid) X(scan_tracks) X(read_tracks)
#define OPERATION_KIND(name) OPERATION_##name,
enum { OPERATIONS(OPERATION_KIND) };

typedef struct {
    int64_t kind;
    const void *arguments;          /* the struct of its kind */
} operation;

/* A run is the rows of one slot, in the order of their positions. */
typedef struct {
    int64_t rows, runs, wanted;
    const int64_t *tokens, *before, *positions; /* of each row; before: the token before it */
    const int64_t *slots, *first;   /* of each run: its slot, and its first row; first[runs] = rows */
    const int64_t *want;            /* the rows that a product with `only wanted` is for */
} decode_step;

INLINE float *row_of(activations a, int64_t row) { return a.at + row * a.stride; }
INLINE int64_t whole_vectors(int64_t width) { return (width + LANES - 1) / LANES * LANES; }
INLINE void put(float *out, vec x, int64_t left) { /* zeros past the end, so that rows are always whole vectors */
    store(out, left >= LANES ? x : select_vec(LANE_INDEX < (int)left, x, (vec){0}));
}
