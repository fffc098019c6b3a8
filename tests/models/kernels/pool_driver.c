/* Drives the pool without Python: test_pool.py compiles it, once as it is and once under the ThreadSanitizer. Exit code 0: all is right. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXPORT
#include "pool.h"

#define ITEMS 1000
#define CALLERS 3

typedef struct {
    int times[ITEMS];
    _Atomic int64_t largest_thread, calls;
    int nested;
} record;

static void check(int is_right, const char *what) {
    if (is_right) return;
    fprintf(stderr, "wrong: %s\n", what);
    _exit(1);
}

static void count(const void *context, int64_t begin, int64_t end, int64_t thread) {
    record *r = *(record *const *)context;
    for (int64_t i = begin; i < end; i++) r->times[i]++;
    if (thread > r->largest_thread) r->largest_thread = thread;
    r->calls++;
}

static void nested(const void *context, int64_t begin, int64_t end, int64_t thread) {
    record *r = *(record *const *)context, *inner = calloc(1, sizeof(record));
    (void)thread;
    parallel_for(10, 1, count, &inner);
    for (int i = 0; i < 10; i++) check(inner->times[i] == 1, "an item of a job inside of a job is done once");
    for (int64_t i = begin; i < end; i++) r->times[i]++;
    free(inner);
}

/* Each item is done once, whatever the number of items and pieces is. */
static void do_jobs(int64_t jobs, int64_t threads) {
    record *r = calloc(1, sizeof(record));
    for (int64_t job = 0; job < jobs; job++) {
        int64_t items = job * 37 % ITEMS, piece = 1 + job % 50;
        memset(r->times, 0, sizeof r->times);
        parallel_for_some(threads, items, piece, job % 7 ? count : nested, &r);
        for (int64_t i = 0; i < ITEMS; i++) check(r->times[i] == (i < items), "an item is done once");
    }
    check(r->largest_thread < (threads < 2 ? 1 : threads), "no more threads than were asked for");
    free(r);
}

static void count_slowly(const void *context, int64_t begin, int64_t end, int64_t thread) {
    usleep(200);
    count(context, begin, end, thread);
}

/* As many threads as may help do so, if not in the first job then in a later one. */
static void all_help(int64_t most, int64_t expected) {
    record *r = calloc(1, sizeof(record));
    for (int job = 0; job < 500 && r->largest_thread < expected - 1; job++) parallel_for_some(most, 10 * expected, 1, count_slowly, &r);
    for (int job = 0; job < 5; job++) parallel_for_some(most, 10 * expected, 1, count_slowly, &r);
    check(r->largest_thread == expected - 1, "as many help as may");
    free(r);
}

/* As if stretches had last been taken in a job of that number, all pieces of them where there are 10 for two threads. */
static void mark_as_taken(uint64_t job) {
    for (int i = 0; i < MAX_THREADS; i++) atomic_store(&pool.of[i].done, job << 32 | 5);
}

static void do_ten(void) {
    record *r = calloc(1, sizeof(record));
    parallel_for_some(2, 10, 1, count, &r);
    for (int i = 0; i < 10; i++) check(r->times[i] == 1, "what was taken in another job is not taken in this one");
    free(r);
}

static void *call_often(void *unused) {
    do_jobs(300, MAX_THREADS);
    return unused;
}

static void *call_slowly(void *unused) {
    record *r = calloc(1, sizeof(record));
    for (int job = 0; job < 50; job++) parallel_for(10, 1, count_slowly, &r);
    free(r);
    return unused;
}

static void several_callers(void) {
    pthread_t callers[CALLERS];
    for (int i = 0; i < CALLERS; i++) check(!pthread_create(&callers[i], NULL, call_often, NULL), "a caller");
    for (int i = 0; i < CALLERS; i++) pthread_join(callers[i], NULL);
}

/* Also from the child of a child, and while another thread has a job. */
static void children(int generations) {
    pthread_t caller;
    mark_as_taken(1);
    check(!pthread_create(&caller, NULL, call_slowly, NULL), "a caller");
    while (!atomic_load(&pool.taken)) usleep(10);
    pid_t child = fork();
    if (child == 0) {
        do_ten();
        do_jobs(200, MAX_THREADS);
        all_help(MAX_THREADS, 3);
        if (generations > 1) children(generations - 1);
        exit(0);
    }
    int status = -1;
    check(waitpid(child, &status, 0) == child && status == 0, "a child ends well");
    pthread_join(caller, NULL);
}

int main(int count_of_arguments, char **arguments) {
    int forks = count_of_arguments > 1 && atoi(arguments[1]);
    do_jobs(100, MAX_THREADS);
    check(pool.threads == 1, "one thread until it is said");
    for (int64_t threads = 1; threads <= 7; threads += 2) {
        set_threads(threads);
        do_jobs(500, MAX_THREADS);
        all_help(MAX_THREADS, threads);
    }
    set_threads(3);
    do_jobs(300, 2);
    all_help(2, 2);
    several_callers();
    if (forks) children(2);
    mark_as_taken(1);
    atomic_store(&pool.state, (uint64_t)UINT32_MAX << 32); /* numbers of jobs begin again */
    do_ten();
    do_jobs(300, MAX_THREADS);
    usleep(2000); /* all sleep */
    do_jobs(10, MAX_THREADS);
    return 0;
}
