/**
 * JSON whose integers keep 64 bits. A record's Version is a JSON number up to 2⁶³ − 1, which a JavaScript number would
 * round from 2⁵³ on.
 */

/** Raw JSON text and the reviver's third argument are in V8 (Node 22 and later), not yet in the ES2024 type library. */
interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

const exactJson = JSON as unknown as ExactJson;

/** A number of so many digits may not fit a JavaScript number. The like inside of a string costs only a slower parse. */
const LONG_INTEGER = /[:[,]\s*-?\d{16}/;

/** Integers beyond 2⁵³ − 1 come as bigint, all others as number. Throws SyntaxError for what is no JSON. */
export function parseJson(text: string): unknown {
  if (!LONG_INTEGER.test(text)) {
    return JSON.parse(text);
  }
  return exactJson.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
      ? BigInt(source)
      : value,
  );
}

/** Writes a bigint as a JSON number with all of its digits. */
export function stringifyJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? exactJson.rawJSON(member.toString()) : member,
  );
}
