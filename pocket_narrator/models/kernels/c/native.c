/* Fast CPU kernels, compiled on first use by the C compiler of the machine (native.py); each has a torch reference. */
#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif
#define OPTIONAL /* before a pointer that may be NULL: Python lets nothing else be left out (declarations.py) */

#include "pool.h"
#include "vectors.h"
#include "scan.h"

typedef enum { LINEAR, GELU, SQUARED_RELU, SWIGLU } activation_kind;

/* float tensors: cells are floats */
#define NAME(x) x##_float
#define ELEMENT float
#define TO_FLOAT(x) (x)
#define FROM_FLOAT(x) (x)
#define LOAD16(p) load(p)
#define STORE16(p, x) store(p, x)
#define CELL float
#define VECTOR vec
#define INNER float
#define PAIR 1
#define STORE(p, x) store(p, x)
#define JOIN(x, y) (x)
#define MULTIPLY_ADD(acc, a, b) acc += splat(a) * (b)
#include "attention_template.h"
#include "cross_entropy_template.h"
#include "pointwise_template.h"
#include "scan_template.h"
#include "convolution_template.h"
#include "tracks_template.h"
#undef NAME
#undef ELEMENT
#undef TO_FLOAT
#undef FROM_FLOAT
#undef LOAD16
#undef STORE16

/* bf16 tensors: cells are pairs of bf16 where the processor multiplies those, else floats */
#define NAME(x) x##_bf16
#define ELEMENT uint16_t
#define TO_FLOAT(x) bf16_to_float(x)
#define FROM_FLOAT(x) float_to_bf16(x)
#define LOAD16(p) load_bf16(p)
#define STORE16(p, x) store_bf16(p, x)
#ifdef __AVX512BF16__
#undef CELL
#undef VECTOR
#undef INNER
#undef PAIR
#undef STORE
#undef JOIN
#undef MULTIPLY_ADD
#define CELL uint32_t
#define VECTOR vecu
#define INNER uint16_t
#define PAIR 2
#define STORE(p, x) store_bf16(p, x)
#define JOIN(x, y) (__builtin_convertvector(round_bf16(x), vecu) | (__builtin_convertvector(round_bf16(y), vecu) << 16))
#define MULTIPLY_ADD(acc, a, b) \
    acc = (vec)_mm512_dpbf16_ps((__m512)(acc), (__m512bh)_mm512_set1_epi32((int)(a)), (__m512bh)(b))
#endif
#include "attention_template.h"
#include "cross_entropy_template.h"
#include "pointwise_template.h"
#include "scan_template.h"
#include "convolution_template.h"
#include "tracks_template.h"
#include "delta.h"
#include "ngram.h"
#include "decode.h"
#include "sample.h"
#include "constants.h"
