/** A function's variables: its stack must give every one of them, and the function refuses to start without. */

export type Environment<Name extends string> = Readonly<Record<Name, string>>;

/** Reads the named variables of this process. Throws with the names of those that are missing. */
export function readEnvironment<Name extends string>(names: readonly Name[]): Environment<Name> {
  const missing = names.filter((name) => !process.env[name]);
  if (missing.length > 0) {
    throw new Error(`environment variables missing: ${missing.join(', ')}; the function's stack must set them`);
  }
  return Object.fromEntries(names.map((name) => [name, process.env[name]])) as Environment<Name>;
}

/** What is left of a stream consumer's time when it gives up waiting for a dependency: enough for metrics and logs. */
export const HOLD_MARGIN_MS = 20_000;
