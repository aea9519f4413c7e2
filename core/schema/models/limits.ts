export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** What outdoor electronics are rated for (the industrial range), in °C: colder or hotter is a broken sensor. */
export const TEMPERATURE_RANGE = [-40, 85] as const;

/** More spaces than any single site has; fits an unsigned 16-bit counter. */
export const SPOTS_RANGE = [0, 5000] as const;

export const FRACTION_RANGE = [0, 1] as const;
