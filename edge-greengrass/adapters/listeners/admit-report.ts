import { setImmediate } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { type ReportReply, ReportReplySchema, Verdict } from '../../../core/codec/generated/edge_pb.ts';
import type { Refusal } from '../../../core/reason.ts';
import type { AdapterContext } from '../ports.ts';
import type { Answer, Door } from './door.ts';
import { readReport, reportIdIn } from './read-report.ts';

/** Of those that are wrong, a reply tells the first; the others are counted. */
export const REFUSALS_TOLD_MAX = 100;

const VERDICTS: Readonly<Record<Answer['verdict'], Verdict>> = {
  taken: Verdict.TAKEN,
  refused: Verdict.REFUSED,
  busy: Verdict.BUSY,
  babbling: Verdict.BABBLING,
  suspended: Verdict.SUSPENDED,
};

/** Resolves when all readings of a report in its bytes are kept, or from one on none is. Never rejects. */
export async function admitReport(bytes: Uint8Array, door: Door, context: AdapterContext): Promise<ReportReply> {
  const id = reportIdIn(bytes);
  const refusals: Refusal[] = [];
  let taken = 0;
  for (const part of readReport(bytes, context)) {
    const answer = await door.admit(part, { isPaced: true });
    taken += answer.taken;
    if (answer.verdict === 'refused') refusals.push(...answer.refusals.slice(0, REFUSALS_TOLD_MAX - refusals.length));
    else if (answer.verdict !== 'taken') {
      const { verdict, retryAfterS } = answer;
      return create(ReportReplySchema, { id, verdict: VERDICTS[verdict], taken, retryAfterS });
    }
    // Even where nothing had to be waited for.
    await setImmediate();
  }
  const verdict = VERDICTS[refusals.length === 0 ? 'taken' : 'refused'];
  const told = refusals.map(({ reason, detail }) => ({ reason, detail }));
  return create(ReportReplySchema, { id, verdict, taken, refusals: told });
}
