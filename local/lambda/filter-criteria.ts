import { isRecord } from '../is-record.ts';

/** Whether a record's data is for the function. */
export type RecordFilter = (data: Uint8Array) => boolean;

const FILTERS_MAX = 5;
const PATTERN_CHARACTERS_MAX = 4096;

type Matcher = (value: unknown) => boolean;

/**
 * Reads a mapping's `FilterCriteria`: a record is for the function if one of its patterns matches. Data that is no JSON
 * matches no pattern of data and is dropped. Throws on what Lambda refuses, and on rules that are not done here.
 * docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html and …/with-kinesis-filtering.html
 */
export function readFilterCriteria(criteria: unknown): RecordFilter {
  if (criteria === undefined) return () => true;
  const filters = isRecord(criteria) ? criteria.Filters : undefined;
  if (!Array.isArray(filters) || filters.length === 0 || filters.length > FILTERS_MAX) {
    throw new Error(`event source mapping: FilterCriteria has ${show(filters)}; expected 1 to ${FILTERS_MAX} filters`);
  }
  const matchers = filters.map((filter) => readPattern(isRecord(filter) ? filter.Pattern : undefined));
  return (data) => {
    const value = parse(Buffer.from(data).toString());
    return value !== undefined && matchers.some((matches) => matches(value));
  };
}

/** Kinesis mappings filter by the key `data` only. */
function readPattern(pattern: unknown): Matcher {
  const text = String(pattern);
  const rules = text.length <= PATTERN_CHARACTERS_MAX ? parse(text) : undefined;
  if (!isRecord(rules) || Object.keys(rules).join() !== 'data' || !isRecord(rules.data)) {
    throw new Error(`event source mapping: a filter's Pattern is ${text}; expected JSON with the key "data" alone`);
  }
  return matcherOf(rules.data);
}

/** Every key must match; of an array of rules one, and of an array of values one. */
function matcherOf(rules: unknown): Matcher {
  if (Array.isArray(rules)) {
    const matchers = rules.map(ruleOf);
    return (value) => {
      const values = Array.isArray(value) ? value : [value];
      return matchers.some((matches) => values.some(matches));
    };
  }
  if (!isRecord(rules)) throw unsupported(rules);
  const matchers = Object.entries(rules).map(([key, inner]) => {
    if (key.startsWith('$')) throw unsupported(key);
    return [key, matcherOf(inner)] as const;
  });
  return (value) => {
    const fields = isRecord(value) ? value : {};
    return matchers.every(([key, matches]) => matches(Object.hasOwn(fields, key) ? fields[key] : undefined));
  };
}

function ruleOf(rule: unknown): Matcher {
  if (!isRecord(rule)) return (value) => value === rule;
  const [[operator, operand] = ['', undefined], ...others] = Object.entries(rule);
  if (others.length > 0) throw unsupported(rule);
  if (operator === 'exists' && typeof operand === 'boolean') return (value) => (value !== undefined) === operand;
  if (operator === 'anything-but' && Array.isArray(operand)) {
    return (value) => value !== undefined && !operand.includes(value);
  }
  if (typeof operand !== 'string') throw unsupported(rule);
  if (operator === 'prefix') return (value) => typeof value === 'string' && value.startsWith(operand);
  if (operator === 'suffix') return (value) => typeof value === 'string' && value.endsWith(operand);
  throw unsupported(rule);
}

function unsupported(rule: unknown): Error {
  return new Error(`event source mapping: the filter rule ${show(rule)} is not supported by the local cloud`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}
