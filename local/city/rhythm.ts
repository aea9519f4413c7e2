/** How a city's day goes: shapes between 0 and 1 over the local hour, in which everything it measures moves. */

const HOUR_MS = 60 * 60 * 1000;

/** Hour of the day with its fraction, 0 to 24, in UTC: the simulated city lies on Greenwich's meridian. */
function hourOf(timeMs: number): number {
  return (timeMs / HOUR_MS) % 24;
}

/** Two rush hours, one steeper than the other, and little at night. */
export function traffic(timeMs: number): number {
  const hour = hourOf(timeMs);
  return Math.min(1, 0.08 + 0.85 * bell(hour, 8.2, 1.4) + 0.75 * bell(hour, 17.5, 2) + 0.35 * bell(hour, 13, 3));
}

/** Car parks fill through the morning and empty after work. */
export function parked(timeMs: number): number {
  return Math.min(1, 0.12 + 0.8 * bell(hourOf(timeMs), 13, 3.6));
}

/** Above the horizon from six to eighteen. */
export function daylight(timeMs: number): number {
  return Math.max(0, Math.sin(((hourOf(timeMs) - 6) / 12) * Math.PI));
}

/** Warmest in the afternoon; −1 to 1. */
export function warmth(timeMs: number): number {
  return Math.cos(((hourOf(timeMs) - 15) / 24) * 2 * Math.PI);
}

/** Share of a cycle of `periodMs` that has passed, 0 to 1: bins that fill and are emptied, wells that are pumped out. */
export function cycle(timeMs: number, periodMs: number, offset: number): number {
  return (timeMs / periodMs + offset) % 1;
}

function bell(hour: number, peak: number, width: number): number {
  const distance = Math.min(Math.abs(hour - peak), 24 - Math.abs(hour - peak));
  return Math.exp(-((distance / width) ** 2) / 2);
}
