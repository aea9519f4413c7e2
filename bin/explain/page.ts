import type { AttributeValue } from '../../core/observation.ts';
import type { AttributeExplanation, SiblingExplanation, TwinExplanation } from '../../core/twin/explain-json.ts';
import type { RegisterValue } from '../../core/twin/twin.ts';
import { printable } from '../print.ts';
import { clockLines, readableQuality, readableSpan, readableTime, readableValue } from '../readable.ts';
import { ageOf } from '../watch/lines.ts';
import { type Column, cutInTheMiddle, fittedTable } from './fitted-table.ts';
import { sentenceOf } from './sentence.ts';
import { verdictOf } from './verdict.ts';

/** More rows nobody reads; `--json` has all of them. */
const ROWS_MAX = 20;
const INDENT = '  ';
/** Of a name that stands in a row of its own, too. */
const AUTHORITY_CHARACTERS_MAX = 20;

const HISTORY_NOTES: Readonly<Record<TwinExplanation['history'], readonly string[]>> = {
  read: [],
  'not-kept': ['This deployment keeps no history, so what stood before is not shown.'],
  'no-answer': ['History did not answer, so what stood before is not shown.'],
};

/** The whole explanation, a paragraph an attribute, in lines of `width` characters. */
export function explanationPage(explanation: TwinExplanation, width: number): string {
  const { assetId, assetType, zone, version, nowMs, clocks, history } = explanation;
  const at = `${new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  const notes = [...clockLines(clocks), ...HISTORY_NOTES[history]];
  const paragraphs = [
    [`${assetId}  ${assetType} in ${zone}, version ${version}, at ${at}`],
    ...Object.entries(explanation.attributes).map(([name, each]) => paragraphOf(name, each, width)),
    ...(notes.length > 0 ? [notes] : []),
  ];
  return `${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function paragraphOf(name: string, explanation: AttributeExplanation, width: number): readonly string[] {
  const table = fittedTable(columnsOf(explanation), width - INDENT.length);
  const hidden = explanation.siblings.length + explanation.superseded.length - rowsOf(explanation).length;
  const body = [
    ...wrapped(rulesOf(explanation), width - INDENT.length),
    ...(table.length > 1 ? table : []),
    ...(hidden > 0 ? [`… and ${hidden} more, which --json shows`] : []),
  ];
  return [
    headingOf(name, explanation),
    ...wrapped(printable(sentenceOf(explanation)), width),
    ...body.map((line) => INDENT + line),
  ];
}

function headingOf(name: string, { resolved }: AttributeExplanation): string {
  if (resolved === null) return `${printable(name)}: no value`;
  const value = `${printable(name)} = ${readableValue(resolved.value, 'unit' in resolved ? resolved.unit : undefined)}`;
  return 'quality' in resolved ? `${value}   ${readableQuality(resolved.quality, resolved.flags)}` : value;
}

/** By what the value was made. */
function rulesOf({ policy, calibration, maxAgeMs, tolerance, resolved, review, nowMs }: AttributeExplanation): string {
  const unit = resolved !== null && 'unit' in resolved ? resolved.unit : undefined;
  const rules = [policy === null ? 'no policy' : `policy ${policy}`];
  if (calibration !== null) rules.push(`calibration ${calibration}`);
  else if (policy === 'mean-3-sigma') rules.push('not calibrated yet');
  if (maxAgeMs !== null) rules.push(`a vote lasts ${readableSpan(maxAgeMs)}`);
  if (tolerance) rules.push(`tolerance ${readableValue(tolerance, unit)}`);
  if (review?.openedAtMs !== undefined) {
    rules.push(`review ${review.id} open since ${readableTime(review.openedAtMs, nowMs)}`);
  } else if (review !== null) {
    rules.push(`review ${review.id} watched since ${readableTime(review.onsetMs, nowMs)}`);
  }
  return rules.join(', ');
}

interface Row {
  readonly source: string;
  readonly value: string;
  readonly was: string;
  readonly observed: string;
  readonly received: string;
  readonly age: string;
  readonly bias: string;
  readonly sigma: string;
  readonly off: string;
  readonly dot: string;
  readonly verdict: string;
}

function columnsOf(explanation: AttributeExplanation): readonly Column[] {
  const rows = rowsOf(explanation);
  const column = (head: string, key: keyof Row, rest: Omit<Column, 'head' | 'cells'> = {}): Column => {
    return { head, cells: rows.map((row) => row[key]), ...rest };
  };
  return [
    column('source', 'source'),
    column('value', 'value', { align: 'right' }),
    column('was', 'was', { align: 'right', rank: 4 }),
    column('bias', 'bias', { align: 'right', rank: 3 }),
    column('σ', 'sigma', { align: 'right', rank: 2 }),
    column('off', 'off', { align: 'right', rank: 1 }),
    column('age', 'age', { align: 'right' }),
    column('observed', 'observed', { rank: 6 }),
    column('received', 'received', { align: 'right', rank: 5 }),
    column('dot', 'dot', { rank: 7 }),
    column('', 'verdict'),
  ];
}

function rowsOf(explanation: AttributeExplanation): readonly Row[] {
  const { siblings, superseded, nowMs } = explanation;
  const standing = siblings.map((sibling) => standingRow(sibling, explanation));
  const replaced = superseded.map(({ source, stamp, observedAtMs, seenBy, value }) => ({
    ...BLANK,
    source,
    value: value === undefined ? '' : readableValue(value),
    age: ageOf(nowMs - observedAtMs),
    observed: timeOf(observedAtMs, nowMs),
    dot: stamp,
    verdict: `out: superseded${byWhom(seenBy)}`,
  }));
  return [...standing, ...replaced].slice(0, ROWS_MAX);
}

const BLANK = { was: '', received: '', bias: '', sigma: '', off: '' } as const;

function standingRow(sibling: SiblingExplanation, explanation: AttributeExplanation): Row {
  const { source, stamp, value, observedAtMs, receivedAtMs, ageMs, previous, bias, sigma, distance } = sibling;
  return {
    source,
    value: readableValue(value),
    was: previous ? wasOf(previous.value, value) : '',
    observed: timeOf(observedAtMs, explanation.nowMs),
    received: delayOf(receivedAtMs - observedAtMs),
    age: ageMs < 0 ? `in ${ageOf(-ageMs)}` : ageOf(ageMs),
    bias: bias === undefined || explanation.calibration === null ? '' : signed(bias),
    sigma: sigma === undefined ? '' : readableValue(Number(sigma.toPrecision(2))),
    off: distance === undefined ? '' : signed(distance),
    dot: stamp,
    verdict: verdictOf(sibling, explanation),
  };
}

function byWhom(seenBy: readonly string[]): string {
  if (seenBy.length === 0) return ', by whom is not kept';
  return ` by ${seenBy.map((authority) => cutInTheMiddle(authority, AUTHORITY_CHARACTERS_MAX)).join(' or ')}`;
}

function wasOf(previous: AttributeValue, value: RegisterValue): string {
  return previous === value ? 'same' : readableValue(previous);
}

/** To the millisecond, where it is of today. */
function timeOf(ms: number, nowMs: number): string {
  const time = readableTime(ms, nowMs);
  return time.includes(' ') ? time : `${time}.${String(ms % 1000).padStart(3, '0')}`;
}

/** From observation to receipt; negative where the clock is ahead. */
function delayOf(ms: number): string {
  const sign = ms < 0 ? '−' : '+';
  return Math.abs(ms) < 10_000 ? `${sign}${(Math.abs(ms) / 1000).toFixed(1)} s` : `${sign}${ageOf(Math.abs(ms))}`;
}

/** What a mean of readings lies off one of them by rounding alone. */
const ROUNDING = 1e-9;

/** Three digits tell how far off a source is. */
function signed(value: number): string {
  const size = Math.abs(value) < ROUNDING ? 0 : Number(Math.abs(value).toPrecision(3));
  return `${value < 0 && size > 0 ? '−' : '+'}${readableValue(size)}`;
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines.splice(-1, 1, `${line} ${word}`);
    else lines.push(word);
  }
  return lines;
}
