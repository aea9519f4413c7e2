import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type CalibrationRecord, type SourceRecord, versionOf } from '../../core/calibration/record.ts';
import type { CalibrationKey } from '../../core/ports.ts';

/**
 * A calibration record as a DynamoDB item, some 150 bytes a source:
 *
 *     { assetId, attribute, version, windowEndMs, sources: [{ source, bias, sigma, level, …, heardMs }] }
 *
 * A list, because it has an order, and because there is no name that a member of a map may not have.
 */
export type CalibrationItem = Record<string, AttributeValue>;

export function calibrationKey({ assetId, attribute }: CalibrationKey): CalibrationItem {
  return { assetId: { S: assetId }, attribute: { S: attribute } };
}

export function toCalibrationItem(record: CalibrationRecord): CalibrationItem {
  const sources = [...record.sources].map(([source, known]) => ({ M: toSourceItem(source, known) }));
  return {
    ...calibrationKey(record),
    version: { S: versionOf(record) },
    windowEndMs: { N: String(record.windowEndMs) },
    sources: { L: sources },
  };
}

/** Throws when the item is no calibration record: nothing but this project writes the table. */
export function fromCalibrationItem(item: CalibrationItem): CalibrationRecord {
  const sources = (item['sources']?.L ?? []).map(({ M: known = {} }) => {
    return [text(known, 'source'), fromSourceItem(known)] as const;
  });
  return {
    assetId: text(item, 'assetId'),
    attribute: text(item, 'attribute'),
    windowEndMs: number(item, 'windowEndMs'),
    sources: new Map(sources),
  };
}

function toSourceItem(source: string, { before, ...known }: SourceRecord): CalibrationItem {
  const members = Object.entries({ ...known, biasBefore: before.bias, levelBefore: before.level });
  const numbers = members.map(([name, value]) => [name, { N: String(value) }] as const);
  return { source: { S: source }, ...Object.fromEntries(numbers) };
}

function fromSourceItem(item: CalibrationItem): SourceRecord {
  return {
    bias: number(item, 'bias'),
    sigma: number(item, 'sigma'),
    level: number(item, 'level'),
    ...(item['spread'] && { spread: number(item, 'spread') }),
    before: { bias: number(item, 'biasBefore'), level: number(item, 'levelBefore') },
    weight: number(item, 'weight'),
    heardMs: number(item, 'heardMs'),
  };
}

function text(item: CalibrationItem, name: string): string {
  return valueOf(name, item[name]?.S);
}

function number(item: CalibrationItem, name: string): number {
  return Number(valueOf(name, item[name]?.N));
}

function valueOf(name: string, value: string | undefined): string {
  if (value === undefined) throw new Error(`a calibration record has no "${name}": was it written by another version?`);
  return value;
}
