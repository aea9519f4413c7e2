import { utf8Fault } from './wire-fault.ts';

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** RFC 8259 section 7. */
const TEXT = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"/uy;
const WORD = /true|false|null/y;

/** Deeper than any parser of ours goes. */
const DEPTH_MAX = 1000;

/**
 * The offset of the first byte at which bytes stop being JSON in UTF-8 (RFC 8259), their length where they end too early;
 * undefined where they are JSON. Node.js tells where only of some faults.
 */
export function findJsonFault(bytes: Uint8Array): number | undefined {
  const badCharacter = utf8Fault(bytes);
  if (badCharacter !== undefined) return badCharacter;
  const text = Buffer.from(bytes).toString('utf8');
  const scanner: Scanner = { text, at: 0 };
  const isValue = readValue(scanner, 0);
  take(scanner, SPACE);
  return isValue && scanner.at === text.length ? undefined : Buffer.byteLength(text.slice(0, scanner.at));
}

interface Scanner {
  readonly text: string;
  /** In UTF-16 units; where it stops it stays. */
  at: number;
}

function take(scanner: Scanner, pattern: RegExp): boolean {
  pattern.lastIndex = scanner.at;
  const [found] = pattern.exec(scanner.text) ?? [];
  scanner.at += found?.length ?? 0;
  return found !== undefined;
}

function takeCharacter(scanner: Scanner, character: string): boolean {
  take(scanner, SPACE);
  const isThere = scanner.text[scanner.at] === character;
  if (isThere) scanner.at += 1;
  return isThere;
}

function readValue(scanner: Scanner, depth: number): boolean {
  if (depth > DEPTH_MAX) return false;
  if (takeCharacter(scanner, '{')) return readList(scanner, '}', () => readMember(scanner, depth));
  if (takeCharacter(scanner, '[')) return readList(scanner, ']', () => readValue(scanner, depth + 1));
  return take(scanner, TEXT) || take(scanner, NUMBER) || take(scanner, WORD);
}

function readMember(scanner: Scanner, depth: number): boolean {
  take(scanner, SPACE);
  return take(scanner, TEXT) && takeCharacter(scanner, ':') && readValue(scanner, depth + 1);
}

function readList(scanner: Scanner, close: string, readOne: () => boolean): boolean {
  if (takeCharacter(scanner, close)) return true;
  do {
    if (!readOne()) return false;
  } while (takeCharacter(scanner, ','));
  return takeCharacter(scanner, close);
}
