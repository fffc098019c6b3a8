/* Sums of products of integers in WebAssembly: pairs of 16-bit inputs, and weights of 8 bits that become 16 where they are read
   (i32x4.dot_i16x8_s). Half a group is summed at a time: that many sums stay in registers. */
#include <wasm_simd128.h>

#define QUADS (HELD * LANES / 4) /* registers of four outputs */

INLINE void sum_bytes(int R, const uint32_t *cells, int64_t count, const char *weights, vec sums[][WIDE]) {
    for (int first = 0; first < WIDE; first += HELD) {
        const char *here = weights + BYTES_IN_CELL * LANES * first;
        v128_t s[TOGETHER][QUADS];
        for (int r = 0; r < R; r++)
            for (int j = 0; j < QUADS; j++) s[r][j] = wasm_i32x4_splat(0);
        for (int64_t c = 0; c < count; c++, here += BYTES_IN_CELL * GROUP)
            for (int j = 0; j < QUADS; j++) {
                v128_t four = wasm_i16x8_load8x8(here + 8 * j);
                for (int r = 0; r < R; r++)
                    s[r][j] = wasm_i32x4_add(s[r][j], wasm_i32x4_dot_i16x8(four, wasm_i32x4_splat((int32_t)cells[r * count + c])));
            }
        for (int r = 0; r < R; r++) memcpy(&sums[r][first], s[r], sizeof(vec) * HELD);
    }
}

static void sum_group_BYTES(int lines, const uint32_t *cells, int64_t count, const char *weights, vec sums[][WIDE]) {
    if (lines == 1) sum_bytes(1, cells, count, weights, sums);
    else sum_bytes(2, cells, count, weights, sums);
}
