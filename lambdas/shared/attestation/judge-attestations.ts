import {
  breachOfFix,
  breachOfSpeed,
  breachOfSurvey,
  ageVerdict,
  type Sighting,
} from '../../../core/attestation/place.ts';
import { checkProof, type Proof, type VerifySignature } from '../../../core/attestation/proof.ts';
import { judgeCounter, type WindowEntry, windowEntry } from '../../../core/attestation/window.ts';
import type { DecodedMessage } from '../../../core/codec/decode.ts';
import type { DraftReading } from '../../../core/codec/decoder.ts';
import type { Verdict } from '../../../core/codec/validate-reading.ts';
import type { Position } from '../../../core/observation.ts';
import type { AttestationKeys, CounterWindow, SignerRun, Sightings } from '../../../core/ports.ts';
import { refuse, type Refusal } from '../../../core/reason.ts';
import type { RegisteredAsset } from '../../../core/schema/city-config.ts';
import { forEachConcurrently } from '../concurrency.ts';

export interface AttestationContext {
  readonly keys: AttestationKeys;
  readonly window: CounterWindow;
  readonly sightings: Sightings;
  readonly verify: VerifySignature;
  /** How long the window remembers: what was observed earlier cannot be told from a replay. */
  readonly lifeMs: number;
}

type Verdicts = ReadonlyMap<DraftReading, Verdict>;

/** A signature that is good, of a reading that is where and when it may be. */
interface Claim {
  readonly draft: DraftReading;
  readonly run: SignerRun;
  readonly entry: WindowEntry;
  readonly receivedAtMs: number;
  readonly verdict: Exclude<Verdict, Refusal>;
  /** Absent for what stands where it was surveyed. */
  readonly sighting?: Sighting;
}

const RUNS_IN_FLIGHT_MAX = 8;
/** How often another function may use one of the same counters between our look and our write. */
const ROUNDS_MAX = 5;
const NOTHING_SIGNED: Verdicts = new Map();

/**
 * What becomes of the signed readings of a batch. What was accepted once is accepted each time that it comes again, be it
 * by a retry, the other lane or a redrive: the window has it by then, and what is refused leaves nothing in it. Asks for
 * nothing where nothing is signed. Throws when a store does not answer.
 */
export async function judgeAttestations(
  messages: readonly DecodedMessage[],
  assets: ReadonlyMap<string, RegisteredAsset>,
  context: AttestationContext,
): Promise<Verdicts> {
  const signed = signedIn(messages);
  if (signed.length === 0) return NOTHING_SIGNED;

  const verdicts = new Map<DraftReading, Verdict>();
  const claims: Claim[] = [];
  const keys = await context.keys.find(signed.map(({ proof }) => keyIdOf(proof)));
  for (const [index, { draft, proof, receivedAtMs }] of signed.entries()) {
    const checked = checkProof(proof, keys[index], context.verify);
    const claim = checked.ok
      ? claimOf({ draft, proof, receivedAtMs }, checked.hash, assets.get(draft.assetId)?.position, context.lifeMs)
      : checked;
    if ('ok' in claim) verdicts.set(draft, claim);
    else claims.push(claim);
  }

  const seen = lastSeen(context.sightings);
  const runs = [...Map.groupBy(claims, ({ run }) => `${run.device}/${run.keyId}/${run.bootId}`).values()];
  await forEachConcurrently(runs, RUNS_IN_FLIGHT_MAX, (run) => judgeRun(run, verdicts, seen, context.window));
  await seen.keep();
  return verdicts;
}

interface Signed {
  readonly draft: DraftReading;
  readonly proof: Proof;
  readonly receivedAtMs: number;
}

function signedIn(messages: readonly DecodedMessage[]): Signed[] {
  const signed: Signed[] = [];
  for (const { message, readings } of messages) {
    for (const draft of readings) {
      if (draft.ok && draft.proof) signed.push({ draft, proof: draft.proof, receivedAtMs: message.receivedAtMs });
    }
  }
  return signed;
}

function keyIdOf({ device, reading }: Proof) {
  return { device, keyId: reading.attestation.keyId };
}

function claimOf(
  { draft, proof, receivedAtMs }: Signed,
  hash: Uint8Array,
  surveyed: Position | undefined,
  lifeMs: number,
): Claim | Refusal {
  const { position, observedAtMs = receivedAtMs } = draft;
  const { bootId, counter, gnssAtMs, previousHash } = proof.reading.attestation;
  if (!position) return refuse('attestation-invalid', 'an attestation without a position');
  if (receivedAtMs - observedAtMs > lifeMs) {
    const ageMs = receivedAtMs - observedAtMs;
    return refuse('time-in-past', `signed ${ageMs} ms before it was received, expected at most ${lifeMs}`);
  }
  const verdict = ageVerdict(observedAtMs, receivedAtMs);
  if (typeof verdict === 'object') return verdict;
  const refusal = breachOfFix(observedAtMs, gnssAtMs) ?? (surveyed && breachOfSurvey(position, surveyed));
  if (refusal) return refusal;
  return {
    draft,
    run: { ...keyIdOf(proof), bootId },
    entry: windowEntry(counter, observedAtMs, hash, previousHash),
    receivedAtMs,
    verdict,
    ...(surveyed ? {} : { sighting: { observedAtMs, position } }),
  };
}

async function judgeRun(
  claims: readonly Claim[],
  verdicts: Map<DraftReading, Verdict>,
  seen: LastSeen,
  window: CounterWindow,
): Promise<void> {
  const [first] = claims;
  if (!first) return;
  const { run, receivedAtMs } = first;
  // So that each is judged when those before it have been.
  const inOrder = claims.toSorted((one, other) => Number(one.entry.counter - other.entry.counter));
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const known = await knownAround(run, inOrder, window);
    const fresh: WindowEntry[] = [];
    for (const claim of inOrder) {
      const { draft, entry, verdict } = claim;
      const isSpooled = verdict === 'historical';
      const judged = judgeCounter(entry, known, { isSpooled });
      const refusal = typeof judged === 'object' ? judged : judged === 'new' && (await seen.breach(claim));
      verdicts.set(draft, refusal || verdict);
      if (refusal) continue;
      seen.note(claim);
      if (judged === 'new') {
        known.set(entry.counter, entry);
        fresh.push(entry);
      }
    }
    if (await window.put(run, fresh, receivedAtMs)) return;
  }
  throw new Error(`counters of ${run.device} were used by somebody else ${ROUNDS_MAX} times in a row`);
}

/** All that is needed to judge the counters; of a spooled one between unknown ones, also the nearest on either side. */
async function knownAround(
  run: SignerRun,
  claims: readonly Claim[],
  window: CounterWindow,
): Promise<Map<bigint, WindowEntry>> {
  const counters = new Set(claims.map(({ entry }) => entry.counter));
  const known = new Map<bigint, WindowEntry>();
  for (const entry of await window.around(run, [...counters])) known.set(entry.counter, entry);
  const isNear = (counter: bigint): boolean => known.has(counter) || counters.has(counter);
  const alone = claims.filter(
    ({ verdict, entry: { counter } }) =>
      verdict === 'historical' && !known.has(counter) && !(isNear(counter - 1n) && isNear(counter + 1n)),
  );
  await forEachConcurrently(alone, RUNS_IN_FLIGHT_MAX, async ({ entry }) => {
    for (const each of await window.nearest(run, entry.counter)) known.set(each.counter, each);
  });
  return known;
}

interface LastSeen {
  /** Whether it would have to be faster than anything is. */
  breach(claim: Claim): Promise<Refusal | undefined>;
  note(claim: Claim): void;
  /** Writes what was noted. */
  keep(): Promise<void>;
}

function lastSeen(sightings: Sightings): LastSeen {
  const stored = new Map<string, Promise<Sighting | undefined>>();
  const noted = new Map<string, { readonly draft: DraftReading; readonly sighting: Sighting }>();
  const nameOf = ({ source, assetId }: DraftReading): string => `${source} ${assetId}`;
  return {
    async breach({ draft, sighting }) {
      if (!sighting) return undefined;
      const name = nameOf(draft);
      const asked = stored.get(name) ?? sightings.find(draft.source, draft.assetId);
      stored.set(name, asked);
      const other = noted.get(name)?.sighting ?? (await asked);
      return other && breachOfSpeed(sighting, other);
    },
    note({ draft, sighting }) {
      const before = noted.get(nameOf(draft))?.sighting;
      if (sighting && sighting.observedAtMs > (before?.observedAtMs ?? -1))
        noted.set(nameOf(draft), { draft, sighting });
    },
    async keep() {
      await forEachConcurrently([...noted.values()], RUNS_IN_FLIGHT_MAX, ({ draft, sighting }) =>
        sightings.put(draft.source, draft.assetId, sighting),
      );
    },
  };
}
