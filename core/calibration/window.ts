/** Long enough for a sensor of every few minutes to show its noise, short enough for a drift within a day. */
export const WINDOW_MS = 3_600_000;
/** What a window's readings may take to arrive. */
export const LATE_MS = 3_600_000;

/** Inclusive start, exclusive end, by the time of observation. */
export interface Window {
  readonly startMs: number;
  readonly endMs: number;
}

/** The newest window for which nothing more is waited at `nowMs`. */
export function closedWindowAt(nowMs: number): Window {
  const endMs = Math.floor((nowMs - LATE_MS) / WINDOW_MS) * WINDOW_MS;
  return { startMs: endMs - WINDOW_MS, endMs };
}

/** Whether an observation belongs to a window: observed within it, received before it closes. */
export function belongsTo(
  { startMs, endMs }: Window,
  { observedAtMs, receivedAtMs }: { readonly observedAtMs: number; readonly receivedAtMs: number },
): boolean {
  return observedAtMs >= startMs && observedAtMs < endMs && receivedAtMs < endMs + LATE_MS;
}
