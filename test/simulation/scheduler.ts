import assert from 'node:assert/strict';

/** More events than any run has: a run that goes beyond never comes to rest. */
const EVENTS_MAX = 50_000;

interface ScheduledEvent {
  readonly atMs: number;
  readonly order: number;
  readonly action: () => void;
  isCancelled: boolean;
}

/**
 * Virtual time. Whatever takes time is an event here, so the seed, which draws the delays, decides which of two
 * concurrent effects comes first; between two events everything that can run without waiting has run.
 */
export interface Scheduler {
  readonly nowMs: () => number;
  after(delayMs: number, action: () => void): void;
  /** Gives how to cancel it. */
  unlessCancelled(delayMs: number, action: () => void): () => void;
  pause(delayMs: number): Promise<void>;
  /** Runs events up to an instant, that of the last one included, and is then at that instant. */
  runUntil(untilMs: number): Promise<void>;
  /** Runs events until there are none. Throws when there is no end to them. */
  runToRest(): Promise<void>;
  /** Events so far. */
  eventCount(): number;
}

export function createScheduler(startMs: number): Scheduler {
  const heap: ScheduledEvent[] = [];
  let [nowMs, order, eventCount] = [startMs, 0, 0];

  const unlessCancelled = (delayMs: number, action: () => void): (() => void) => {
    const event = { atMs: nowMs + Math.max(0, delayMs), order: order++, action, isCancelled: false };
    push(heap, event);
    return () => {
      event.isCancelled = true;
    };
  };

  const after = (delayMs: number, action: () => void): void => void unlessCancelled(delayMs, action);

  const runUntil = async (untilMs: number): Promise<void> => {
    for (let [next] = heap; next && next.atMs <= untilMs; [next] = heap) {
      pop(heap);
      if (next.isCancelled) continue;
      nowMs = next.atMs;
      eventCount += 1;
      assert(eventCount < EVENTS_MAX, `not at rest after ${EVENTS_MAX} events`);
      next.action();
      await everythingHasRun();
    }
  };

  return {
    nowMs: () => nowMs,
    after,
    unlessCancelled,
    pause: (delayMs) => new Promise((resolve) => after(delayMs, resolve)),
    async runUntil(untilMs) {
      await runUntil(untilMs);
      nowMs = untilMs;
    },
    runToRest: () => runUntil(Number.POSITIVE_INFINITY),
    eventCount: () => eventCount,
  };
}

/** Node empties the queue of promises, also of those that come while it does, before it goes on with a next tick. */
function everythingHasRun(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** By time, and in the order of their scheduling where that is equal. */
function isBefore(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: ScheduledEvent[], event: ScheduledEvent): void {
  let place = heap.length;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = heap[parent];
    if (!above || !isBefore(event, above)) break;
    heap[place] = above;
    place = parent;
  }
  heap[place] = event;
}

function pop(heap: ScheduledEvent[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let place = 0;
  for (;;) {
    const [left, right] = [heap[2 * place + 1], heap[2 * place + 2]];
    if (!left) break;
    const [least, leastPlace] = right && isBefore(right, left) ? [right, 2 * place + 2] : [left, 2 * place + 1];
    if (!isBefore(least, last)) break;
    heap[place] = least;
    place = leastPlace;
  }
  heap[place] = last;
}
