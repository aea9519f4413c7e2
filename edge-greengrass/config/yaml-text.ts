/** YAML that anybody may have written, or half of it. */

import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { type Finding, type KeyPath, shortened } from './finding.ts';

/** The parser takes up to 25 µs a byte for the worst of texts, such as one map of many keys. */
const TEXT_LENGTH_MAX = 64 * 1024;
/** The parser is recursive, and a stack that runs out within it may end the process rather than throw. */
const NESTING_MAX = 64;
/** Before what a line says: a nested block is at least a column further in. */
const INDENTATION_MAX = 200;
/** What each name stands for is bounded too: 64 KiB of aliases could stand for more than a memory holds. */
const ALIASES_MAX = 100;

export type YamlText =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** The line of what stands at these keys, or of what comes nearest around it. */
      readonly lineOf: (keys: KeyPath) => number | undefined;
    }
  | { readonly ok: false; readonly findings: readonly Finding[] };

export function parseYaml(text: string): YamlText {
  if (text.length > TEXT_LENGTH_MAX) {
    return unreadable(`a text of ${text.length} characters`, `at most ${TEXT_LENGTH_MAX}`);
  }
  const nesting = nestingOf(text);
  if (nesting > NESTING_MAX) return unreadable(`${nesting} open brackets`, `at most ${NESTING_MAX}`);
  if (isTooFarIn(text)) return unreadable('a line that begins far to the right', `at most ${INDENTATION_MAX} columns`);

  const lines = new LineCounter();
  // Tags turn texts into other types; nothing here needs them, and a merge key is a key like any other.
  const options = { lineCounter: lines, stringKeys: true, resolveKnownTags: false, prettyErrors: false } as const;
  const document = parseDocument(text, options);
  const mistakes = [...document.errors, ...document.warnings];
  if (mistakes.length > 0) {
    const findings = mistakes.map(({ message, pos }) => invalid(message, lines.linePos(pos[0]).line));
    return { ok: false, findings };
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    return { ok: true, value, lineOf: (keys) => lineOf(document, keys, lines) };
  } catch (error) {
    // An alias of nothing, or too many of them.
    return { ok: false, findings: [invalid(error instanceof Error ? error.message : String(error))] };
  }
}

function unreadable(got: string, expected: string): YamlText {
  return { ok: false, findings: [{ severity: 'error', path: '', got, expected }] };
}

function invalid(message: string, line?: number): Finding {
  const [firstLine = ''] = message.split('\n');
  return {
    severity: 'error',
    path: '',
    got: shortened(firstLine),
    expected: 'YAML 1.2',
    ...(line !== undefined && { line }),
  };
}

/** The most brackets that are open at one place; those within texts and comments count too, which errs on the safe side. */
function nestingOf(text: string): number {
  let open = 0;
  let most = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open = bracket === '[' || bracket === '{' ? open + 1 : Math.max(0, open - 1);
    most = Math.max(most, open);
  }
  return most;
}

/** `- - - a` opens three lists within one line. */
function isTooFarIn(text: string): boolean {
  const before = /^(?:[ \t]|[-?:](?=[ \t]))*/;
  return text.split(/[\r\n]/).some((line) => (before.exec(line)?.[0].length ?? 0) > INDENTATION_MAX);
}

function lineOf(document: Document.Parsed, keys: KeyPath, lines: LineCounter): number | undefined {
  let node: unknown = document.contents;
  let offset = isNode(node) ? node.range?.[0] : undefined;
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find((each) => isScalar(each.key) && each.key.value === key);
      if (!pair) break;
      offset = isNode(pair.key) ? pair.key.range?.[0] : offset;
      node = pair.value;
    } else if (isSeq(node) && typeof key === 'number') {
      node = node.items[key];
      offset = isNode(node) ? node.range?.[0] : offset;
    } else {
      break;
    }
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}
