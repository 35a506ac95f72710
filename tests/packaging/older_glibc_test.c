/* SPDX-License-Identifier: Apache-2.0 */
/* What a release brings along for an older glibc, under names of its own, beside this system's glibc, which has the same. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int shim__dl_find_object(void* address, void* result);
int shim_pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock, const struct timespec* until);
uint32_t shim_arc4random(void);
extern char shim___libc_single_threaded;
double shim_exp(double x);
double shim_exp2(double x);
double shim_log(double x);
double shim_log2(double x);
double shim_pow(double x, double y);

static int failures = 0;

static void expect(int condition, const char* claim)
{
    if (!condition) {
        printf("not so: %s\n", claim);
        ++failures;
    }
}

static void objects_are_found_as_glibc_finds_them(void)
{
#if __GLIBC_PREREQ(2, 35)
    int local = 0;
    void* addresses[] = {(void*)&objects_are_found_as_glibc_finds_them, (void*)&malloc, (void*)&pow, (void*)&failures};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; ++i) {
        struct dl_find_object theirs = {0};
        struct dl_find_object ours = {0};
        expect(_dl_find_object(addresses[i], &theirs) == 0, "glibc knows the address");
        expect(shim__dl_find_object(addresses[i], &ours) == 0, "an address in an object is found");
        expect(ours.dlfo_eh_frame == theirs.dlfo_eh_frame, "the unwinder's table is glibc's");
        expect(ours.dlfo_map_start <= addresses[i] && addresses[i] < ours.dlfo_map_end, "the address is in the map");
    }
    struct dl_find_object ours = {0};
    expect(shim__dl_find_object(&local, &ours) == -1, "the stack is in no object");
    expect(shim__dl_find_object(NULL, &ours) == -1, "0 is in no object");
#endif
}

struct waiter {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    int ready;
};

static void* make_ready(void* data)
{
    struct waiter* waiter = data;
    pthread_mutex_lock(&waiter->mutex);
    waiter->ready = 1;
    pthread_cond_signal(&waiter->condition);
    pthread_mutex_unlock(&waiter->mutex);
    return NULL;
}

static void waits_end_at_a_signal_or_at_their_time(clockid_t clock)
{
    struct waiter waiter = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
    struct timespec until;
    clock_gettime(clock, &until);
    pthread_mutex_lock(&waiter.mutex);
    const struct timespec past = {.tv_sec = 0, .tv_nsec = 0};
    expect(shim_pthread_cond_clockwait(&waiter.condition, &waiter.mutex, clock, &past) == ETIMEDOUT, "a time that is over ends the wait");

    /* 20 ms: it may return early with 0, as condition variables do, and ends with ETIMEDOUT once they are over. */
    const long soon = until.tv_nsec + 20000000;
    const struct timespec end = {.tv_sec = until.tv_sec + soon / 1000000000, .tv_nsec = soon % 1000000000};
    int status = 0;
    while ((status = shim_pthread_cond_clockwait(&waiter.condition, &waiter.mutex, clock, &end)) == 0) {
    }
    expect(status == ETIMEDOUT, "a time that comes ends the wait");
    struct timespec now;
    clock_gettime(clock, &now);
    expect(now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec), "no wait ends before its time");

    until.tv_sec += 1000;
    pthread_t thread;
    pthread_create(&thread, NULL, make_ready, &waiter);
    while (!waiter.ready) {
        expect(shim_pthread_cond_clockwait(&waiter.condition, &waiter.mutex, clock, &until) == 0, "a signal ends the wait");
    }
    pthread_mutex_unlock(&waiter.mutex);
    pthread_join(thread, NULL);
}

static void functions_are_the_systems_own(void)
{
    for (double x = 0.0625; x < 64; x *= 1.25) {
        expect(fabs(shim_exp(x) / exp(x) - 1) < 1e-15, "exp");
        expect(fabs(shim_exp2(x) / exp2(x) - 1) < 1e-15, "exp2");
        expect(fabs(shim_log(x) - log(x)) < 1e-15, "log");
        expect(fabs(shim_log2(x) - log2(x)) < 2e-15, "log2");
        expect(fabs(shim_pow(x, 1.5) / pow(x, 1.5) - 1) < 1e-15, "pow");
    }
}

int main(void)
{
    objects_are_found_as_glibc_finds_them();
    waits_end_at_a_signal_or_at_their_time(CLOCK_MONOTONIC);
    waits_end_at_a_signal_or_at_their_time(CLOCK_REALTIME);
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    const struct timespec any = {.tv_sec = 1, .tv_nsec = 0};
    expect(shim_pthread_cond_clockwait(&condition, &mutex, CLOCK_PROCESS_CPUTIME_ID, &any) == EINVAL, "other clocks are refused");
    functions_are_the_systems_own();
    uint32_t seen = 0;
    for (int i = 0; i < 64; ++i) {
        seen |= shim_arc4random();
    }
    expect(seen == UINT32_MAX, "each bit of a random number is 1 at times");
    expect(shim___libc_single_threaded == 0, "threads are always reckoned with");
    return failures == 0 ? 0 : 1;
}
