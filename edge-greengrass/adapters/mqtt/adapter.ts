import { refuse } from '../../../core/reason.ts';
import type { MqttSensorConfig } from '../../config/gateway-config.ts';
import type { Adapter } from '../../ports.ts';
import { admitPaced } from '../admit.ts';
import { createGate, type Gate } from '../isolation.ts';
import type { AdapterContext } from '../ports.ts';
import { type ReadSamples, readSamples } from '../read-samples.ts';
import { clientIdOf, createSubscription, type Subscription } from './subscription.ts';

/** A sensor that publishes on the broker in the cabinet. */
export function createMqttAdapter(sensor: MqttSensorConfig, context: AdapterContext): Adapter {
  const { id, streams, fields, url, topic } = sensor;
  let gate: Gate | undefined;
  let subscription: Subscription | undefined;

  return {
    name: `mqtt ${id}`,
    start(intake) {
      const own = createGate(sensor, intake, context);
      gate = own;
      subscription = createSubscription({
        url,
        clientId: clientIdOf(context, id),
        filter: topic,
        isWanted: () => streams.some((stream) => intake.isOpen(stream)),
        handle({ payload, isRetained }) {
          const nowMs = context.clock.nowMs();
          const read = readSamples(payload, { sensor: id, streams, fields }, context, nowMs);
          return admitPaced(own, isRetained ? withOwnTime(read, nowMs) : read);
        },
      });
      subscription.open();
      return Promise.resolve();
    },
    stop: async () => subscription?.close(),
    state: () => subscription?.state() ?? 'connecting',
    sensors: () => (gate ? [gate.health()] : []),
  };
}

/** A message that the broker had retained may be days old: one that does not say when it was must not pass for fresh. */
function withOwnTime({ samples, refusals }: ReadSamples, receivedAtMs: number): ReadSamples {
  const dated = samples.filter(({ observedAtMs }) => observedAtMs !== receivedAtMs);
  if (dated.length === samples.length) return { samples, refusals };
  const refusal = refuse('time-in-past', 'a retained message that does not say when it was observed');
  return { samples: dated, refusals: [...refusals, refusal] };
}
