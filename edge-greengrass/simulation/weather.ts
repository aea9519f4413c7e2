import { exponential } from './random.ts';

/** A field that sounds like none of these is a number between 0 and 100. */
const RANGES: Readonly<Record<string, readonly [min: number, max: number, step: number]>> = {
  temperature: [-5, 35, 0.2],
  wind_speed: [0, 20, 0.5],
  relative_humidity: [0.2, 1, 0.01],
};
const ANY = [0, 100, 1] as const;
const RAIN_SHARE = 0.1;

/** What a station's fields say, each time a little different from before. */
export function createWeather(fields: readonly string[], random: () => number): () => Readonly<Record<string, number>> {
  const state = new Map(
    fields.map((field) => {
      const [min, max] = RANGES[field] ?? ANY;
      return [field, min + (max - min) * random()];
    }),
  );
  return () => {
    for (const [field, value] of state) {
      const [min, max, step] = RANGES[field] ?? ANY;
      state.set(field, Math.min(max, Math.max(min, value + step * (2 * random() - 1))));
    }
    // Since the reading before: mostly none.
    if (state.has('precipitation')) state.set('precipitation', random() < RAIN_SHARE ? exponential(0.2, random) : 0);
    return Object.fromEntries([...state].map(([field, value]) => [field, Number(value.toFixed(2))]));
  };
}
