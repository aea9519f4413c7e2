import { getTextEncoding } from '@bufbuild/protobuf/wire';
import { refuse, type Refusal } from '../reason.ts';
import { show } from '../schema/show.ts';

/** A reading in a batch has four levels; what nests deeper is not one, and walking it would cost a stack. */
export const JSON_DEPTH_MAX = 16;

export interface ParsedJson {
  readonly ok: true;
  readonly value: unknown;
}

/**
 * Reads an I-JSON text (RFC 7493): JSON in UTF-8 without a byte-order mark, of whole Unicode characters, finite
 * numbers and no name twice in an object. RFC 8785, and with it every tie, is defined on nothing less. Anything else is
 * `malformed`.
 */
export function parseJson(bytes: Uint8Array): ParsedJson | Refusal {
  const text = decodeUtf8(bytes);
  if (text === undefined) return refuse('malformed', 'the bytes are not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse('malformed', `not JSON: ${error instanceof Error ? show(error.message) : 'it does not parse'}`);
  }
  const inspection: Inspection = { names: 0 };
  inspect(value, 0, inspection);
  if (inspection.fault !== undefined) return refuse('malformed', inspection.fault);
  if (inspection.names !== countNameSeparators(text)) return refuse('malformed', 'an object gives one name twice');
  return { ok: true, value };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return getTextEncoding().decodeUtf8(bytes, true);
  } catch {
    return undefined;
  }
}

interface Inspection {
  /** How many names the objects have that the parser kept: of one given twice it keeps the last. */
  names: number;
  fault?: string;
}

function inspect(value: unknown, depth: number, inspection: Inspection): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) inspection.fault = 'a text holds half a surrogate pair';
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) inspection.fault = 'a number lies beyond what a double holds';
  } else if (typeof value === 'object' && value !== null) {
    if (depth === JSON_DEPTH_MAX) {
      inspection.fault = `nested deeper than ${JSON_DEPTH_MAX} levels`;
      return;
    }
    if (Array.isArray(value)) {
      for (const element of value) inspect(element, depth + 1, inspection);
    } else {
      const object = value as Readonly<Record<string, unknown>>;
      for (const name of Object.keys(object)) {
        inspection.names += 1;
        if (!name.isWellFormed()) inspection.fault = 'a name holds half a surrogate pair';
        inspect(object[name], depth + 1, inspection);
      }
    }
  }
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** The colons outside of texts, one for each name as it was written. `text` is known to be JSON. */
function countNameSeparators(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (character === QUOTE) index = endOfText(text, index);
    else if (character === COLON) count += 1;
  }
  return count;
}

/** Where the closing quote of the text stands that opens at `start`: the next one behind an even run of backslashes. */
function endOfText(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  for (;;) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
}
