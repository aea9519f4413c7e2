import { decodeTwinLine, encodeTwinLine } from '../../core/archive/twin-line.ts';
import type { Twin } from '../../core/twin/twin.ts';
import { PRIORITIES, type Priority, type SpoolPosition } from '../ports.ts';

/** Of the text below; another layout gets another number. */
const SNAPSHOT_FORMAT = 1;

/** The local twins, and up to where the spool is in them. */
export interface Snapshot {
  readonly twins: readonly Twin[];
  /** Absent where nothing of the priority is in them. */
  readonly upTo: Readonly<Partial<Record<Priority, SpoolPosition>>>;
}

interface Header {
  readonly format: number;
  readonly twins: number;
  readonly upTo: Readonly<Record<string, string>>;
}

/** A line that says what follows, and then one line a twin. */
export function encodeSnapshot({ twins, upTo }: Snapshot): string {
  const positions = Object.fromEntries(Object.entries(upTo).map(([priority, at]) => [priority, at.toString()]));
  const header: Header = { format: SNAPSHOT_FORMAT, twins: twins.length, upTo: positions };
  return [JSON.stringify(header), ...twins.map((twin) => encodeTwinLine({ twin, version: 0 }))].join('\n');
}

/** Undefined where the text is no whole snapshot: what was kept is a convenience, and the spool and the sensors tell anew. */
export function decodeSnapshot(text: string): Snapshot | undefined {
  try {
    const [first = '', ...lines] = text.split('\n');
    const { format, twins: count, upTo } = JSON.parse(first) as Header;
    if (format !== SNAPSHOT_FORMAT || count !== lines.length) return undefined;
    const positions: Partial<Record<Priority, SpoolPosition>> = {};
    for (const priority of PRIORITIES) if (upTo[priority] !== undefined) positions[priority] = BigInt(upTo[priority]);
    return { twins: lines.map((line) => decodeTwinLine(line).twin), upTo: positions };
  } catch {
    return undefined;
  }
}
