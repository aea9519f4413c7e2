import { readAttribute } from '../../../core/codec/attribute-values.ts';
import type { AttributeValue } from '../../../core/observation.ts';
import type { Decision } from '../../../core/reviews/settlement.ts';
import type { AttributeType } from '../../../core/schema/city-config.ts';
import { isAuthority } from '../../../core/twin/authority.ts';
import type { Register } from '../../../core/twin/twin.ts';
import { timeParameter } from '../parameters.ts';
import { problem } from '../problem.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Long enough to send somebody there. */
export const VALID_FOR_DEFAULT_MS = 10 * MINUTE_MS;
/** A decision is no repair. */
export const VALID_FOR_MAX_MS = DAY_MS;
export const DISTRUST_MAX_MS = 30 * DAY_MS;
export const DISTRUSTS_MAX = 8;
export const REASON_LENGTH_MAX = 500;
export const KEY_LENGTH_MAX = 128;

const FIELDS = ['value', 'validForMs', 'validUntil', 'distrust', 'reason'] as const;
const EXPECTED =
  '{"value": …} with any of validForMs or validUntil, distrust: [{"source": …, "until": …}], reason: "…"';

/** What the body is held against. */
interface Dispute {
  readonly attribute: string;
  readonly attributeType: AttributeType;
  readonly register: Register;
  readonly nowMs: number;
}

/** The body of `POST /v1/reviews/{id}/settle` as a decision. Throws a 400 that says what was expected. */
export function readSettleRequest(body: unknown, dispute: Dispute): Decision {
  const fields = fieldsOf(body, FIELDS, `the body: expected ${EXPECTED}`);
  const { attribute, attributeType } = dispute;
  const value = readAttribute({ name: attribute, value: scalarOf(fields['value']) }, attributeType);
  if (typeof value === 'object') throw problem(400, `value: ${value.detail}`);
  reasonOf(fields['reason']);
  return {
    attribute,
    value,
    validUntilMs: endOf(fields, dispute.nowMs),
    distrusts: distrustsOf(fields['distrust'], dispute),
  };
}

/**
 * By which a repeated request is known for the same (draft-ietf-httpapi-idempotency-key-header). It is required: from the
 * body alone nobody could tell a repetition from the wish to decide the same for another ten minutes.
 */
export function readIdempotencyKey(header: string | undefined): string {
  if (header !== undefined && /^[\x21-\x7e]+$/.test(header) && header.length <= KEY_LENGTH_MAX) return header;
  throw problem(
    400,
    `Idempotency-Key: got ${header === undefined ? 'none' : `"${header}"`}, expected 1 to ${KEY_LENGTH_MAX} visible ASCII ` +
      'characters, new for each decision and the same when it is sent again',
  );
}

function fieldsOf(value: unknown, known: readonly string[], complaint: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw problem(400, complaint);
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown === undefined) return fields;
  throw problem(400, `${unknown}: unknown; ${complaint}`);
}

function scalarOf(value: unknown): AttributeValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw problem(400, `value: got ${JSON.stringify(value) ?? 'none'}, expected a string, a number or a boolean`);
}

function endOf({ validForMs, validUntil }: Readonly<Record<string, unknown>>, nowMs: number): number {
  if (validForMs !== undefined && validUntil !== undefined) {
    throw problem(400, 'validUntil: expected either validForMs or validUntil');
  }
  const endMs =
    validUntil === undefined
      ? nowMs + durationOf(validForMs)
      : timeParameter('validUntil', textOf('validUntil', validUntil), 0);
  if (endMs > nowMs && endMs <= nowMs + VALID_FOR_MAX_MS) return endMs;
  throw problem(400, `a decision holds from 1 ms to ${VALID_FOR_MAX_MS} ms, got ${endMs - nowMs} ms`);
}

function durationOf(validForMs: unknown = VALID_FOR_DEFAULT_MS): number {
  if (typeof validForMs === 'number' && Number.isInteger(validForMs)) return validForMs;
  throw problem(400, `validForMs: got ${JSON.stringify(validForMs)}, expected whole milliseconds`);
}

function distrustsOf(value: unknown, { attribute, register, nowMs }: Dispute): Decision['distrusts'] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > DISTRUSTS_MAX) {
    throw problem(400, `distrust: expected a list of at most ${DISTRUSTS_MAX}`);
  }
  const distrusts = value.map((each: unknown, index) => {
    const path = `distrust[${index}]`;
    const fields = fieldsOf(each, ['source', 'until'], `${path}: expected {"source": …, "until": …}`);
    const source = textOf(`${path}.source`, fields['source']);
    const sources = [...register.keys()].filter((known) => !isAuthority(known));
    if (!sources.includes(source)) {
      throw problem(400, `${path}.source: got "${source}", expected one of ${attribute}: ${sources.join(', ')}`);
    }
    const untilMs = timeParameter(`${path}.until`, textOf(`${path}.until`, fields['until']), 0);
    if (untilMs <= nowMs + DISTRUST_MAX_MS) return { source, untilMs };
    throw problem(
      400,
      `${path}.until: got "${String(fields['until'])}", expected ${DISTRUST_MAX_MS} ms from now at most`,
    );
  });
  if (new Set(distrusts.map(({ source }) => source)).size === distrusts.length) return distrusts;
  throw problem(400, 'distrust: a source stands there twice');
}

function reasonOf(value: unknown): void {
  if (value === undefined || (typeof value === 'string' && value.length <= REASON_LENGTH_MAX)) return;
  throw problem(400, `reason: expected a text of at most ${REASON_LENGTH_MAX} characters`);
}

/** A number is taken for its digits: epoch milliseconds. */
function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw problem(400, `${name}: got ${JSON.stringify(value) ?? 'none'}, expected a text`);
}
