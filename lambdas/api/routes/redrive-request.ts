import { problem } from '../problem.ts';

/** Ids in one request: what puts them all back in ends well before the function's time does. */
export const REDRIVE_IDS_MAX = 200;

/** The body of `POST /v1/rejects/redrive`: certain readings, or a page of those of a reason and a period. */
type RedriveRequest =
  | { readonly ids: readonly string[] }
  | { readonly ids?: never; readonly query: Readonly<Record<string, string | undefined>> };

const QUERY_KEYS = ['reason', 'from', 'to', 'limit', 'cursor'] as const;
const EXPECTED = `{"ids": [1 to ${REDRIVE_IDS_MAX} ids]} or {"reason": …} with any of from, to, limit, cursor`;

/** Throws a 400 that says what was expected. A request for everything of every reason is refused: it is a slip. */
export function readRedriveRequest(body: unknown): RedriveRequest {
  if (typeof body !== 'object' || body === null) throw problem(400, `the body is no JSON object, expected ${EXPECTED}`);
  const fields: Readonly<Record<string, unknown>> = { ...body };
  const { ids } = fields;
  if (ids !== undefined) {
    if (isListOfIds(ids)) return { ids: [...new Set(ids)] };
    throw problem(400, `ids: expected 1 to ${REDRIVE_IDS_MAX} ids as the list of rejects gives them`);
  }
  const unknown = Object.keys(fields).find((key) => !QUERY_KEYS.some((known) => known === key));
  if (unknown !== undefined || fields['reason'] === undefined) {
    throw problem(400, `${unknown ?? 'reason'}: ${unknown ? 'unknown' : 'missing'}, expected ${EXPECTED}`);
  }
  const query = QUERY_KEYS.map((key) => [key, textOf(key, fields[key])] as const);
  return { query: Object.fromEntries(query) };
}

function isListOfIds(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= REDRIVE_IDS_MAX &&
    value.every((id) => typeof id === 'string')
  );
}

/** A number is taken for its digits: `limit` and epoch milliseconds. */
function textOf(key: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw problem(400, `${key}: got ${JSON.stringify(value)}, expected a string or a number`);
}
