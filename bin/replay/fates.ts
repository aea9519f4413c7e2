import { decodeObservationRecord } from '../../core/codec/observation-record.ts';
import { createFold } from '../../core/twin/fold.ts';
import type { ApiClient } from '../api-client.ts';
import type { LogReader } from './log-reader.ts';

/** What became of the readings of one replay. */
export interface FateReport {
  readonly applied: number;
  readonly duplicate: number;
  readonly superseded: number;
  /** Reason → readings kept outside the log. */
  readonly kept: Readonly<Record<string, number>>;
  /** Readings whose dot stood for another value before. */
  readonly collisions: number;
}

export interface Fates {
  /** Reads what is new. Returns how many messages of the replay have a fate for each of their readings. */
  advance(): Promise<number>;
  report(): FateReport;
}

interface KeptReading {
  readonly readingId: string;
  readonly clientId: string;
  readonly count: number;
  readonly reason: string;
}

interface RejectsPage {
  readonly rejects: readonly KeptReading[];
  readonly cursor: string | null;
}

/**
 * Folds the log from its oldest record on, so that a reading sent in an earlier replay counts as the earlier one, and
 * lists what was kept outside it. The readings of this replay are told by the client ids that published them.
 */
export function followFates(log: LogReader, api: ApiClient, clientIdPrefix: string, sinceMs: number): Fates {
  const fold = createFold();
  const ours = new Set<string>();
  const kept = new Map<string, string>();
  const missing = new Map<string, number>();
  let complete = 0;

  /** Counts a message as complete with its last reading. */
  const account = (readingId: string, count: number): void => {
    const messageId = readingId.slice(0, readingId.lastIndexOf('/'));
    const left = (missing.get(messageId) ?? count) - 1;
    missing.set(messageId, left);
    if (left === 0) complete++;
  };

  const readLog = async (): Promise<void> => {
    for (const data of await log.next()) {
      const record = decodeObservationRecord(data);
      for (const observation of record.ok ? record.observations : []) {
        fold.add(observation);
        if (!observation.clientId.startsWith(clientIdPrefix) || ours.has(observation.readingId)) continue;
        ours.add(observation.readingId);
        account(observation.readingId, observation.count);
      }
    }
  };

  const readRejects = async (): Promise<void> => {
    let cursor: string | undefined;
    do {
      const page: RejectsPage = await api.get('/v1/rejects', { from: String(sinceMs), limit: '200', cursor });
      for (const { readingId, clientId, count, reason } of page.rejects) {
        if (!clientId.startsWith(clientIdPrefix) || kept.has(readingId)) continue;
        kept.set(readingId, reason);
        account(readingId, count);
      }
      cursor = page.cursor ?? undefined;
    } while (cursor);
  };

  return {
    async advance() {
      await readLog();
      await readRejects();
      return complete;
    },
    report() {
      const fates = fold.fates();
      const counts = { applied: 0, duplicate: 0, superseded: 0 };
      for (const readingId of ours) {
        const fate = fates.get(readingId);
        if (fate) counts[fate]++;
      }
      const byReason: Record<string, number> = {};
      for (const reason of kept.values()) byReason[reason] = (byReason[reason] ?? 0) + 1;
      return {
        ...counts,
        kept: byReason,
        collisions: fold.collisions().filter(({ readingId }) => ours.has(readingId)).length,
      };
    },
  };
}
