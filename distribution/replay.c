/* Makes the calls that replay.py has recorded, with this system's library: replay LIBRARY FOLDER. Exit code 1 where a kernel gives other
   numbers than there. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#include <sys/mman.h>
#endif

#define BASE (1ll << 36)
#define ROOM (1ll << 30)

static void *library;

static void *symbol(const char *name) {
#ifdef _WIN32
    void *found = (void *)GetProcAddress((HMODULE)library, name);
#else
    void *found = dlsym(library, name);
#endif
    if (!found) printf("%s is not there\n", name), exit(2);
    return found;
}

typedef struct {
    int64_t place, size, kind;
} head;

static char *read_image(const char *folder, int number, const char *part, long *size) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%d.%s", folder, number, part);
    FILE *file = fopen(path, "rb");
    if (!file) printf("%s cannot be read\n", path), exit(2);
    fseek(file, 0, SEEK_END);
    *size = ftell(file);
    rewind(file);
    char *image = malloc(*size + 8);
    if (fread(image, 1, *size, file) != (size_t)*size) exit(2);
    fclose(file);
    return image;
}

static void lay(const char *folder, int number) {
    long size;
    char *image = read_image(folder, number, "before", &size), *end = image + size;
    memset((void *)BASE, 0, 1 << 20);
    for (char *p = image; p < end;) {
        head h;
        memcpy(&h, p, sizeof h);
        memcpy((void *)h.place, p + sizeof h, h.size);
        p += sizeof h + h.size;
    }
    free(image);
}

static double number_at(const char *p, int64_t kind) {
    if (kind == 'd') {
        double x;
        memcpy(&x, p, 8);
        return x;
    }
    uint32_t bits = 0;
    if (kind == 'f') memcpy(&bits, p, 4);
    else memcpy((char *)&bits + 2, p, 2);
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

/* The largest difference, of the largest value of the same memory. */
static double compare(const char *folder, int number) {
    long size;
    char *image = read_image(folder, number, "after", &size), *end = image + size;
    double worst = 0;
    for (char *p = image; p < end;) {
        head h;
        memcpy(&h, p, sizeof h);
        const char *wanted = p + sizeof h, *found = (const char *)h.place;
        p += sizeof h + h.size;
        if (!memcmp(wanted, found, h.size)) continue;
        int64_t step = h.kind == 'd' ? 8 : h.kind == 'f' ? 4 : h.kind == 'h' ? 2 : 0;
        if (!step) return INFINITY; /* integers differ */
        double largest = 1e-3, difference = 0;
        for (int64_t i = 0; i + step <= h.size; i += step) {
            double a = number_at(wanted + i, h.kind), b = number_at(found + i, h.kind);
            if (!memcmp(wanted + i, found + i, step)) {
                if (isfinite(a) && fabs(a) > largest && fabs(a) < 1e6) largest = fabs(a);
                continue;
            }
            if (!(fabs(a - b) < INFINITY)) return INFINITY;
            if (fabs(a - b) > difference) difference = fabs(a - b);
        }
        if (difference / largest > worst) worst = difference / largest;
    }
    free(image);
    return worst;
}

int main(int count, char **words) {
    if (count != 3) return 2;
#ifdef _WIN32
    library = (void *)LoadLibraryA(words[1]);
    void *arena = VirtualAlloc((void *)BASE, ROOM, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
#else
    library = dlopen(words[1], RTLD_NOW);
    void *arena = mmap((void *)BASE, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
#endif
    if (!library || arena != (void *)BASE) return printf("%s\n", library ? "no memory" : "the library cannot be opened"), 2;
    ((void (*)(int64_t))symbol("set_threads"))(1);
    int wrong = 0, calls = 0, same = 0;
    double worst = 0;
#define CALL(number, name, types, values)                                       \
    {                                                                           \
        lay(words[2], number);                                                  \
        if (getenv("SAY")) printf("%d %s\n", number, name), fflush(stdout);     \
        ((int64_t (*) types)symbol(name)) values;                               \
        double error = compare(words[2], number);                               \
        calls++, same += error == 0, wrong += !(error < 3e-2);                  \
        if (error > worst) worst = error;                                       \
        if (error > 1e-4) printf("%3d %-36s differs by %.1e\n", number, name, error); \
    }
#include "calls.h"
    printf("%d calls, %d of them the same to the last bit, largest difference %.1e, wrong: %d\n", calls, same, worst, wrong);
    return wrong != 0;
}
