import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PRIORITIES, type Priority } from '../ports.ts';
import { writeDurably } from '../write-durably.ts';

const FILE = 'positions.json';

/** Of one log. */
export interface Positions {
  /** Up to here, inclusive, nothing is needed any more. */
  readonly released: number;
  /** The next record's, or less: a position is never given twice. */
  readonly next: number;
}

export type AllPositions = Readonly<Record<Priority, Positions>>;

const START: Positions = { released: 0, next: 1 };

/** From the beginning where the file is absent or damaged: what is sent twice does no harm. */
export async function readPositions(directory: string): Promise<AllPositions> {
  const text = await readFile(path.join(directory, FILE), 'utf8').catch(() => '');
  const held = new Map(Object.entries(parsed(text)));
  const [critical = START, normal = START, low = START] = PRIORITIES.map((priority) => positionsOf(held.get(priority)));
  return { critical, normal, low };
}

export function writePositions(directory: string, positions: AllPositions): Promise<void> {
  return writeDurably(path.join(directory, FILE), JSON.stringify(positions));
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function positionsOf(value: unknown): Positions {
  if (typeof value !== 'object' || value === null || !('released' in value) || !('next' in value)) return START;
  const { released, next } = value;
  return isPosition(released) && isPosition(next) ? { released, next } : START;
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
