/*
 * A fixed team. A run is announced by a new generation number; each member does its part and counts
 * itself off. Whoever waits spins for some microseconds, since a step is often shorter than a sleep,
 * and then sleeps on a condition. Within a run, members wait for each other's progress: they spin,
 * and then let others have the processor, in case the one they wait for is among those.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "CKernels.h"

enum { SPINS = 4000 };

/* How far a member is, alone in its cache line. */
typedef struct { _Alignas(64) atomic_long steps; } place;

struct weft_team {
  int members;
  pthread_t *threads;
  pthread_mutex_t lock;
  pthread_cond_t begin, end;
  void (*body)(void *, int);
  void *context;
  _Alignas(64) atomic_uint generation;
  _Alignas(64) atomic_int remaining;
  _Alignas(64) atomic_int sleepers;
  atomic_int caller_sleeps;
  atomic_int stop;
  place *places;
};

typedef struct {
  weft_team *team;
  int member;
} seat;

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void *serve(void *argument) {
  seat mine = *(seat *)argument;
  free(argument);
  weft_team *team = mine.team;
  unsigned seen = 0;
  weft_flush_denormals();
  for (;;) {
    int spins = 0;
    while (atomic_load(&team->generation) == seen) {
      if (++spins < SPINS) {
        pause_briefly();
        continue;
      }
      pthread_mutex_lock(&team->lock);
      atomic_fetch_add(&team->sleepers, 1);
      while (atomic_load(&team->generation) == seen) pthread_cond_wait(&team->begin, &team->lock);
      atomic_fetch_sub(&team->sleepers, 1);
      pthread_mutex_unlock(&team->lock);
    }
    seen++;
    if (atomic_load(&team->stop)) return 0;
    team->body(team->context, mine.member);
    if (atomic_fetch_sub(&team->remaining, 1) == 1 && atomic_load(&team->caller_sleeps)) {
      pthread_mutex_lock(&team->lock);
      pthread_cond_signal(&team->end);
      pthread_mutex_unlock(&team->lock);
    }
  }
}

static void announce(weft_team *team) {
  atomic_fetch_add(&team->generation, 1);
  if (atomic_load(&team->sleepers) > 0) {
    pthread_mutex_lock(&team->lock);
    pthread_cond_broadcast(&team->begin);
    pthread_mutex_unlock(&team->lock);
  }
}

weft_team *weft_team_create(int members) {
  weft_team *team = aligned_alloc(64, (sizeof(weft_team) + 63) / 64 * 64);
  if (!team) return 0;
  *team = (weft_team){.members = 1};
  if (members < 1) members = 1;
  team->threads = calloc((size_t)members, sizeof(pthread_t));
  team->places = aligned_alloc(64, (size_t)members * sizeof(place));
  if (!team->threads || !team->places) {
    free(team->threads);
    free(team->places);
    free(team);
    return 0;
  }
  for (int member = 0; member < members; member++) atomic_init(&team->places[member].steps, 0);
  pthread_mutex_init(&team->lock, 0);
  pthread_cond_init(&team->begin, 0);
  pthread_cond_init(&team->end, 0);
  for (int member = 1; member < members; member++) {
    seat *mine = malloc(sizeof(seat));
    if (!mine) break;
    *mine = (seat){team, member};
    if (pthread_create(&team->threads[member], 0, serve, mine)) {
      free(mine);
      break;
    }
    team->members = member + 1;
  }
  return team;
}

int weft_team_members(const weft_team *team) { return team->members; }

void weft_team_run(weft_team *team, void (*body)(void *, int), void *context) {
  team->body = body;
  team->context = context;
  atomic_store(&team->remaining, team->members - 1);
  announce(team);
  body(context, 0);
  for (int spins = 0; atomic_load(&team->remaining) > 0;) {
    if (++spins < SPINS) {
      pause_briefly();
      continue;
    }
    pthread_mutex_lock(&team->lock);
    atomic_store(&team->caller_sleeps, 1);
    while (atomic_load(&team->remaining) > 0) pthread_cond_wait(&team->end, &team->lock);
    atomic_store(&team->caller_sleeps, 0);
    pthread_mutex_unlock(&team->lock);
  }
}

void weft_team_set_progress(weft_team *team, int member, long steps) {
  atomic_store_explicit(&team->places[member].steps, steps, memory_order_release);
}

void weft_team_wait(weft_team *team, int member, long steps) {
  atomic_long *progress = &team->places[member].steps;
  for (int spins = 0; atomic_load_explicit(progress, memory_order_acquire) < steps;) {
    if (spins < SPINS) {
      spins++;
      pause_briefly();
    } else {
      sched_yield();
    }
  }
}

void weft_team_destroy(weft_team *team) {
  if (!team) return;
  atomic_store(&team->stop, 1);
  announce(team);
  for (int member = 1; member < team->members; member++) pthread_join(team->threads[member], 0);
  pthread_mutex_destroy(&team->lock);
  pthread_cond_destroy(&team->begin);
  pthread_cond_destroy(&team->end);
  free(team->threads);
  free(team->places);
  free(team);
}
