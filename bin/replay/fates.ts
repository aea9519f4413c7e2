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

/** Rejects are listed by reason and not by when they were written, so each look costs a page a reason or more. */
const REJECTS_POLL_MS = 2_000;
/** A reject may be written this long after one that was received later: it waited in the batch of another shard. */
const REJECT_DELAY_MAX_MS = 30_000;
/** What was retried for longer than that is found by looking through all of them, which is done this often. */
const REJECTS_SWEEP_MS = 20_000;

interface KeptReading {
  readonly readingId: string;
  /** ISO 8601. */
  readonly receivedAt: string;
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
  let newestRejectMs = sinceMs;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let sweptAtMs = Number.NEGATIVE_INFINITY;

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

  const readRejects = async (fromMs: number): Promise<void> => {
    let cursor: string | undefined;
    do {
      const page: RejectsPage = await api.get('/v1/rejects', { from: String(fromMs), limit: '200', cursor });
      for (const { readingId, receivedAt, clientId, count, reason } of page.rejects) {
        newestRejectMs = Math.max(newestRejectMs, Date.parse(receivedAt));
        if (!clientId.startsWith(clientIdPrefix) || kept.has(readingId)) continue;
        kept.set(readingId, reason);
        account(readingId, count);
      }
      cursor = page.cursor ?? undefined;
    } while (cursor);
  };

  const readNewRejects = async (): Promise<void> => {
    const nowMs = performance.now();
    if (nowMs - lookedAtMs < REJECTS_POLL_MS) return;
    const isSweep = nowMs - sweptAtMs >= REJECTS_SWEEP_MS;
    await readRejects(isSweep ? sinceMs : Math.max(sinceMs, newestRejectMs - REJECT_DELAY_MAX_MS));
    lookedAtMs = nowMs;
    if (isSweep) sweptAtMs = nowMs;
  };

  return {
    async advance() {
      await readLog();
      await readNewRejects();
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
