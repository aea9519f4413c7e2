/**
 * Conservation: the ids that came in equal, as a set, the ids in the log and those kept outside it. Ids are `messageId/index`,
 * and whoever accounts for a reading says how many readings its message held, so that missing places are found too.
 */

/** Where a reading was found, other than in the log. */
export interface KeptAccount {
  readonly readingId: string;
  readonly count: number;
  readonly reason: string;
  readonly receivedAtMs: number;
  /** `redriven`: the stream has it again, so that it must be found elsewhere. */
  readonly status: 'kept' | 'redriving' | 'redriven';
  readonly redrives: number;
  /** It never reached the `ingest` stream: that it is kept is how it came in. */
  readonly cameInAsFailure: boolean;
  /** It is an observation that had been in the log, and no message. */
  readonly isObservation: boolean;
}

export interface Unaccounted {
  /** `messageId/index`; `messageId/*` where nothing at all is known of its readings. */
  readonly readingId: string;
  readonly receivedAtMs: number;
}

export interface Balance {
  /** Messages that came in. */
  readonly messages: number;
  /** Readings that are accounted for, or missing from messages of which others are. */
  readonly readings: number;
  /** In the log. */
  readonly logged: number;
  /** Reason → readings kept outside the log, and not in it. */
  readonly kept: Readonly<Record<string, number>>;
  readonly missing: readonly Unaccounted[];
  /** Accounted for, and never came in; or a place that its message does not have. */
  readonly unexpected: readonly Unaccounted[];
}

/** What is gathered of one message. */
interface MessageAccount {
  receivedAtMs: number;
  cameIn: boolean;
  /** Of readings in the log. */
  loggedCount: number;
  readonly logged: Set<number>;
  /** Place → the newest account of what is kept. */
  readonly kept: Map<number, KeptAccount>;
}

export interface Ledger {
  cameIn(messageId: string, receivedAtMs: number): void;
  /** `cameInHere`: it was put into the log directly, as decisions of the API are. */
  logged(
    reading: { readonly readingId: string; readonly count: number; readonly receivedAtMs: number },
    cameInHere: boolean,
  ): void;
  kept(account: KeptAccount): void;
  balance(): Balance;
}

/** Takes accounts in any order and however often. It keeps some 500 bytes a message of one reading, measured on Node 24. */
export function createLedger(): Ledger {
  const messages = new Map<string, MessageAccount>();
  const messageOf = (messageId: string, receivedAtMs: number): MessageAccount => {
    let message = messages.get(messageId);
    if (message === undefined) {
      message = { receivedAtMs, cameIn: false, loggedCount: 0, logged: new Set(), kept: new Map() };
      messages.set(messageId, message);
    }
    return message;
  };
  return {
    cameIn(messageId, receivedAtMs) {
      messageOf(messageId, receivedAtMs).cameIn = true;
    },
    logged({ readingId, count, receivedAtMs }, cameInHere) {
      const message = messageOf(messageIdOf(readingId), receivedAtMs);
      message.logged.add(placeOf(readingId));
      message.loggedCount = Math.max(message.loggedCount, count);
      message.cameIn ||= cameInHere;
    },
    kept(account) {
      const message = messageOf(messageIdOf(account.readingId), account.receivedAtMs);
      message.cameIn ||= account.cameInAsFailure;
      const place = placeOf(account.readingId);
      const before = message.kept.get(place);
      if (before === undefined || isNewer(account, before)) message.kept.set(place, account);
    },
    balance: () => balanceOf(messages),
  };
}

/** What was kept again after a redrive stands in the place of what was put back in. */
function isNewer(account: KeptAccount, before: KeptAccount): boolean {
  if (account.redrives !== before.redrives) return account.redrives > before.redrives;
  return before.status !== 'redriven' && account.status === 'redriven';
}

function balanceOf(messages: ReadonlyMap<string, MessageAccount>): Balance {
  const kept: Record<string, number> = {};
  const missing: Unaccounted[] = [];
  const unexpected: Unaccounted[] = [];
  let [cameIn, readings, logged] = [0, 0, 0];
  for (const [messageId, message] of messages) {
    const { receivedAtMs } = message;
    const named = (place: number | '*'): Unaccounted => ({ readingId: `${messageId}/${place}`, receivedAtMs });
    const fates = fatesOf(message);
    if (message.cameIn) cameIn += 1;
    else unexpected.push(...[...fates.keys()].map(named));
    if (fates.size === 0) missing.push(named('*'));
    for (const [place, fate] of fates) {
      readings += 1;
      if (fate === 'logged') logged += 1;
      else if (fate === 'missing') missing.push(named(place));
      else if (fate === 'unexpected') unexpected.push(named(place));
      else kept[fate.reason] = (kept[fate.reason] ?? 0) + 1;
    }
  }
  return { messages: cameIn, readings, logged, kept, missing, unexpected };
}

type PlaceFate = 'logged' | 'missing' | 'unexpected' | { readonly reason: string };

/** Place → what is known of it, for each place that the message has by what is known of it. */
function fatesOf({ logged, loggedCount, kept }: MessageAccount): ReadonlyMap<number, PlaceFate> {
  const standing = [...kept.values()].filter(({ status }) => status !== 'redriven');
  // Kept without being decoded, whatever number of readings it holds: then it stands for all that are not in the log.
  const whole = standing.find(({ count, isObservation }) => count === 1 && !isObservation);
  const known = standing.length > 0 ? standing : [...kept.values()];
  const count = Math.max(loggedCount, ...known.map((account) => account.count));
  const fates = new Map<number, PlaceFate>();
  for (let place = 0; place < count; place += 1) {
    const account = kept.get(place);
    const stands = account !== undefined && account.status !== 'redriven' ? account : whole;
    fates.set(place, logged.has(place) ? 'logged' : stands ? { reason: stands.reason } : 'missing');
  }
  for (const place of [...logged, ...standing.map(({ readingId }) => placeOf(readingId))]) {
    if (!fates.has(place)) fates.set(place, 'unexpected');
  }
  return fates;
}

function messageIdOf(readingId: string): string {
  return readingId.slice(0, readingId.lastIndexOf('/'));
}

function placeOf(readingId: string): number {
  return Number(readingId.slice(readingId.lastIndexOf('/') + 1));
}
