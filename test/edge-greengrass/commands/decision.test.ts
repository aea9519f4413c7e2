import { describe, expect, it } from 'vitest';
import { shippedAssetTypes } from '../../../core/schema/models/asset-types.ts';
import { readDecision } from '../../../edge-greengrass/commands/decision.ts';
import { listenForDecisions } from '../../../edge-greengrass/commands/listen-for-decisions.ts';
import { createLocalTwins } from '../../../edge-greengrass/twins/local-twins.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 8);
const MINUTE_MS = 60_000;
const SIREN = 'emergencyVehicleApproaching';
const CONTEXT = { zone: 'downtown_alpha', assetTypes: shippedAssetTypes };
const DECISION = {
  id: 'decision-1',
  assetId: 'int-01-traffic',
  assetType: 'TrafficJunction',
  attribute: SIREN,
  value: false,
  operator: 'alice',
  decidedAtMs: NOW_MS - 1000,
  validUntilMs: NOW_MS + MINUTE_MS,
  seen: { 'gw/siren-1': '1795248000000000001' },
};

function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function stateOf(change: object, nowMs = NOW_MS): string {
  return readDecision(bytes({ ...DECISION, ...change }), CONTEXT, nowMs).state;
}

describe('a decision of an operator', () => {
  it('is taken until it ends, and not at its end', () => {
    expect(stateOf({})).toBe('taken');
    expect(stateOf({}, NOW_MS + MINUTE_MS - 1)).toBe('taken');
    expect(stateOf({}, NOW_MS + MINUTE_MS)).toBe('expired');
  });

  it.each<[string, object]>([
    ['an attribute that the type does not have', { attribute: 'sunshine' }],
    ['an attribute that sensors settle among themselves', { attribute: 'vehicleCount', value: 3 }],
    ['a value of another kind', { value: 'no' }],
    ['a value that is none', { value: null }],
    ['an asset type that there is not', { assetType: 'Spaceport' }],
    ['an operator that is no name', { operator: 'a/b' }],
    ['a time in the future', { decidedAtMs: NOW_MS + 6 * MINUTE_MS, validUntilMs: NOW_MS + 9 * MINUTE_MS }],
    ['a time that is none', { decidedAtMs: 'today' }],
    ['a stamp that is none', { seen: { 'gw/siren-1': 'first' } }],
    ['a source that is none', { seen: { 'a/b/c': '1' } }],
    ['nothing seen', { seen: undefined }],
  ])('with %s is refused', (_, change) => {
    expect(stateOf(change)).toBe('refused');
  });

  it('that nobody could answer is passed over', () => {
    for (const payload of [bytes([]), bytes({ ...DECISION, id: 'no name' }), new Uint8Array([0xff])]) {
      expect(readDecision(payload, CONTEXT, NOW_MS).state).toBe('unreadable');
    }
  });

  it('settles what the local twin shows, once, and is answered each time that it comes', async () => {
    const twins = createLocalTwins({ assetTypes: shippedAssetTypes });
    const answers: string[] = [];
    let isUp = false;
    const lineListeners: ((isUp: boolean) => void)[] = [];
    let deliver: ((topic: string, payload: Uint8Array) => void) | undefined;
    listenForDecisions({
      ...CONTEXT,
      thing: 'gw',
      twins,
      nowMs: () => NOW_MS,
      answer: (text) => answers.push(text),
      transport: {
        isUp: () => isUp,
        onLine: (listener) => void lineListeners.push(listener),
        async subscribe(topic, listener) {
          expect(topic).toBe('cmd/downtown_alpha/gateway/gw/decision');
          deliver = listener;
        },
      },
    });
    expect(deliver).toBeUndefined();
    isUp = true;
    for (const listener of lineListeners) listener(true);
    await expect.poll(() => deliver).toBeDefined();

    deliver?.('', bytes(DECISION));
    deliver?.('', bytes(DECISION));
    deliver?.('', bytes({ ...DECISION, id: 'decision-0', validUntilMs: NOW_MS - 1 }));
    expect(answers).toEqual(['decision-1 taken', 'decision-1 taken', 'decision-0 expired']);
    const resolved = twins.resolve('int-01-traffic', NOW_MS)?.attributes.get(SIREN);
    expect(resolved).toMatchObject({ value: false, flags: ['decided'], sources: ['operator/alice'] });
    expect(twins.takeChanged(10)).toEqual(['int-01-traffic']);
    expect(twins.takeChanged(10)).toEqual([]);
    const after = twins.resolve('int-01-traffic', NOW_MS + MINUTE_MS)?.attributes.get(SIREN);
    expect(after).toMatchObject({ value: true, quality: 'stale' });
  });
});
