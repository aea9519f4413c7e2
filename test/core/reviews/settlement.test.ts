import { describe, expect, it } from 'vitest';
import { decodeObservationRecord, encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import { retirementOf, settlementOf } from '../../../core/reviews/settlement.ts';
import { merge } from '../../../core/twin/join.ts';
import { resolve } from '../../../core/twin/resolve.ts';
import { NOW_MS, says, SIGNAL, twinOf } from './signals.ts';

const NOW = BigInt(NOW_MS) * 1_000_000n;
const MINUTE_MS = 60_000;
const inDispute = twinOf(says('controller', 'green', 3000), says('gw-1/camera', 'red', 2000));
const ann = { authority: 'operator/ann', messageId: 'settle/1', nowMs: NOW_MS };
const decision = { attribute: 'lamp', value: 'red', validUntilMs: NOW_MS + MINUTE_MS, distrusts: [] };

function lampOf(twin: typeof inDispute, nowMs = NOW_MS) {
  const { value, sources, flags } = resolve(twin, SIGNAL, nowMs).attributes.get('lamp') ?? {};
  return [value, sources, flags];
}

describe('a settlement', () => {
  it('is one decision that has seen what is in dispute', () => {
    const [said, ...others] = settlementOf(inDispute, decision, ann);
    expect(others).toEqual([]);
    expect(said).toMatchObject({
      readingId: 'settle/1/0',
      count: 1,
      kind: 'decision',
      clientId: 'operator/ann',
      source: 'operator/ann',
      assetId: 'junction',
      assetType: 'Signal',
      zone: 'north',
      flags: [],
      stamp: NOW,
      observedAtMs: NOW_MS,
      receivedAtMs: NOW_MS,
      validUntilMs: NOW_MS + MINUTE_MS,
      attributes: new Map([['lamp', 'red']]),
    });
    expect(said?.seen).toEqual(
      new Map([
        [
          'lamp',
          new Map([
            ['controller', NOW - 3_000_000_000n],
            ['gw-1/camera', NOW - 2_000_000_000n],
          ]),
        ],
      ]),
    );
  });

  it('supersedes what it has seen, and passes through the log unchanged', () => {
    const said = settlementOf(inDispute, { ...decision, distrusts: [{ source: 'controller', untilMs: 9e12 }] }, ann);
    const decoded = decodeObservationRecord(encodeObservationRecord(said));
    expect(decoded).toEqual({ ok: true, observations: said });
    expect(lampOf(merge(inDispute, said).twin)).toEqual(['red', ['operator/ann'], ['decided']]);
  });

  it('takes the vote of a source away, by a second observation with a dot of its own', () => {
    const untilMs = NOW_MS + 60 * MINUTE_MS;
    const [said, distrust] = settlementOf(
      inDispute,
      { ...decision, distrusts: [{ source: 'gw-1/camera', untilMs }] },
      ann,
    );
    expect([said?.readingId, said?.count, distrust?.readingId, distrust?.count]).toEqual([
      'settle/1/0',
      2,
      'settle/1/1',
      2,
    ]);
    expect(distrust).toMatchObject({
      kind: 'distrust',
      stamp: NOW + 1n,
      attributes: new Map([['distrust/lamp/gw-1/camera', untilMs]]),
    });
    expect(distrust?.validUntilMs).toBeUndefined();
    const heard = [says('controller', 'green', -1000), says('gw-1/camera', 'red', -2000)];
    const { twin } = merge(inDispute, [...(said && distrust ? [said, distrust] : []), ...heard]);
    expect(lampOf(twin, NOW_MS + 3000)).toEqual(['green', ['controller'], []]);
    expect(lampOf(merge(twin, [says('controller', 'green', 3000 - 60 * MINUTE_MS)]).twin, NOW_MS + 3000)[0]).toBe(
      'green',
    );
  });

  it('ends an earlier distrust, because it has seen it', () => {
    const distrusts = (untilMs: number) => [{ source: 'controller', untilMs }];
    const before = merge(inDispute, settlementOf(inDispute, { ...decision, distrusts: distrusts(9e12) }, ann)).twin;
    const ben = { ...ann, authority: 'operator/ben', messageId: 'settle/2', nowMs: NOW_MS + 1 };
    const after = merge(before, settlementOf(before, { ...decision, distrusts: distrusts(0) }, ben)).twin;
    const heard = merge(after, [says('controller', 'green', -1000), says('gw-1/camera', 'green', -1000)]).twin;
    expect(lampOf(heard, NOW_MS + 1000)[1]).toEqual(['controller', 'gw-1/camera']);
  });

  it('stands above a clock that is ahead', () => {
    const ahead = twinOf(says('controller', 'green', -4 * MINUTE_MS), says('camera', 'red'));
    const said = settlementOf(ahead, decision, ann);
    expect(said[0]?.stamp).toBe(NOW + 240_000_000_000n + 1n);
    expect(lampOf(merge(ahead, said).twin)[0]).toBe('red');
  });

  it('stands above what its own author decided just before, also while a clock is ahead and neither has seen the other', () => {
    const ahead = twinOf(says('controller', 'green', -4 * MINUTE_MS), says('camera', 'red'));
    const distrusts = [{ source: 'camera', untilMs: 9e12 }];
    const first = settlementOf(ahead, { ...decision, value: 'green', distrusts }, ann);
    const later = { ...ann, messageId: 'settle/2', nowMs: NOW_MS + 1 };
    const second = settlementOf(ahead, { ...decision, value: 'red', distrusts }, later);
    for (const order of [
      [...first, ...second],
      [...second, ...first],
    ]) {
      const { twin, collisions } = merge(ahead, order);
      expect(collisions).toEqual([]);
      expect(lampOf(twin)).toEqual(['red', ['operator/ann'], ['decided']]);
    }
    expect(new Set([...first, ...second].map(({ stamp }) => stamp)).size).toBe(4);
  });

  it('says of an asset that nobody registered what others say', () => {
    const [said] = settlementOf({ ...inDispute, registered: false }, decision, ann);
    expect(said?.flags).toEqual(['unregistered']);
  });
});

describe('a retirement', () => {
  const retirement = retirementOf(inDispute, 'gw-1/camera', ann);

  it('is as of the last that is known of the source', () => {
    expect(retirement).toMatchObject({ kind: 'retire', source: 'gw-1/camera', clientId: 'operator/ann' });
    expect(retirement?.stamp).toBe(NOW - 2_000_000_000n);
    expect(retirement?.attributes.size).toBe(0);
  });

  it('takes the source out of the twin, until it reports again', () => {
    const { twin } = merge(inDispute, retirement ? [retirement] : []);
    expect(lampOf(twin)).toEqual(['green', ['controller'], []]);
    expect(lampOf(merge(twin, [says('gw-1/camera', 'red')]).twin)[0]).toBe('red');
  });

  it('is the same reading when it is asked for again, also by another', () => {
    const { twin } = merge(inDispute, retirement ? [retirement] : []);
    const again = retirementOf(twin, 'gw-1/camera', { authority: 'operator/ben', nowMs: NOW_MS + 9 });
    expect([again?.readingId, again?.stamp]).toEqual([retirement?.readingId, retirement?.stamp]);
    expect(merge(twin, again ? [again] : []).changed).toBe(false);
  });

  it('is none of whom the twin knows nothing', () => {
    expect(retirementOf(inDispute, 'nobody', ann)).toBeUndefined();
  });
});
