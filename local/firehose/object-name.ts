import { randomBytes, randomUUID } from 'node:crypto';

/** `docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html`, "timestamp namespace", in UTC; longest first. */
const DATE_FIELDS: Readonly<Record<string, (at: Date) => string>> = {
  yyyy: (at) => String(at.getUTCFullYear()),
  MM: (at) => twoDigits(at.getUTCMonth() + 1),
  dd: (at) => twoDigits(at.getUTCDate()),
  HH: (at) => twoDigits(at.getUTCHours()),
  mm: (at) => twoDigits(at.getUTCMinutes()),
  ss: (at) => twoDigits(at.getUTCSeconds()),
};

const DATE_TOKEN = /'([^']*)'|([A-Za-z])\2*|[^A-Za-z']/g;
const EXPRESSION = /!\{([^{}]*)\}/g;
const RANDOM_CHARACTERS = 11;

/** "A prefix without expressions gets `!{timestamp:yyyy/MM/dd/HH/}` behind it" (same page, "Semantic rules"). */
const DEFAULT_DATE_PATTERN = 'yyyy/MM/dd/HH/';

/** The beginning of the name of an object whose oldest record came then. */
export type Prefix = (oldestArrivalMs: number) => string;

/** Throws with the expression that the local cloud does not do, such as those of dynamic partitioning. */
export function compilePrefix(prefix: string): Prefix {
  const template = prefix.includes('!{') ? prefix : `${prefix}!{timestamp:${DEFAULT_DATE_PATTERN}}`;
  const evaluate: Prefix = (oldestArrivalMs) =>
    template.replaceAll(EXPRESSION, (_, expression: string) => evaluateExpression(expression, oldestArrivalMs));
  evaluate(0);
  return evaluate;
}

function evaluateExpression(expression: string, oldestArrivalMs: number): string {
  if (expression === 'firehose:random-string') {
    return randomBytes(RANDOM_CHARACTERS).toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, RANDOM_CHARACTERS);
  }
  const [, pattern] = /^timestamp:(.+)$/.exec(expression) ?? [];
  if (pattern === undefined) {
    throw new Error(`Prefix: !{${expression}} is not done; expected !{timestamp:…} or !{firehose:random-string}`);
  }
  return formatDate(pattern, new Date(oldestArrivalMs));
}

function formatDate(pattern: string, at: Date): string {
  return pattern.replaceAll(DATE_TOKEN, (token, quoted: string | undefined, letter: string | undefined) => {
    if (quoted !== undefined || letter === undefined) {
      return quoted ?? token;
    }
    const field = DATE_FIELDS[token];
    if (field === undefined) {
      throw new Error(`Prefix: ${token} is no field; expected one of ${Object.keys(DATE_FIELDS).join(', ')}`);
    }
    return field(at);
  });
}

/** The configuration's version; the local cloud has only the first. */
const VERSION = 1;

/** `{stream}-{version}-{yyyy-MM-dd-HH-mm-ss}-{uuid}` (same guide, s3-object-name.html). */
export function objectName(deliveryStream: string, oldestArrivalMs: number, extension: string): string {
  const date = formatDate('yyyy-MM-dd-HH-mm-ss', new Date(oldestArrivalMs));
  return `${deliveryStream}-${VERSION}-${date}-${randomUUID()}${extension}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
