import type { LorawanSensorConfig } from '../../config/gateway-config.ts';
import type { Adapter } from '../../ports.ts';
import { admitPaced } from '../admit.ts';
import { createGates, type Gates } from '../gates.ts';
import { clientIdOf, createSubscription, type Subscription } from '../mqtt/subscription.ts';
import type { AdapterContext } from '../ports.ts';
import { type ReadSamples, samplesOf } from '../read-samples.ts';
import type { DeviceReadings } from './read-uplink.ts';

/**
 * A LoRaWAN network server in the cabinet, or nearby. Its devices' uplinks are decoded here, by the same codecs as in the
 * cloud, so that rules may go by them while the line is down. A device is a sensor by its EUI, and speaks for the asset
 * that the city's configuration hangs it on; one that it does not know is counted as `unknown-schema`.
 */
export function createLorawanAdapter(sensor: LorawanSensorConfig, context: AdapterContext): Adapter {
  const { id, streams, network, url, topic } = sensor;
  const { city, clock, codecs, tally } = context;
  let gates: Gates | undefined;
  let subscription: Subscription | undefined;

  function samplesIn({ devEui, readings }: DeviceReadings, receivedAtMs: number): ReadSamples {
    const read = readings.map((reading) => {
      const asset = reading.ok ? { assetId: reading.assetId, assetType: reading.assetType } : undefined;
      return samplesOf([reading], { sensor: devEui, streams, ...(asset && { asset }) }, context, receivedAtMs);
    });
    return {
      samples: read.flatMap(({ samples }) => samples),
      refusals: read.flatMap(({ refusals }) => refusals),
    };
  }

  return {
    name: `lorawan ${id}`,
    start(intake) {
      const own = createGates(sensor, intake, context);
      gates = own;
      const server = own.of(id);
      subscription = createSubscription({
        url,
        clientId: clientIdOf(context, id),
        filter: topic,
        isWanted: () => streams.some((stream) => intake.isOpen(stream)),
        async handle({ payload }) {
          server?.heard();
          const receivedAtMs = clock.nowMs();
          const uplink = await codecs.decode({ bytes: payload, network, receivedAtMs }, city);
          if (!uplink.ok) return tally.count(id, uplink.reason, uplink.detail);
          const gate = own.of(uplink.devEui);
          if (gate) await admitPaced(gate, samplesIn(uplink, receivedAtMs));
          else tally.count(id, 'not-authorized', `device ${uplink.devEui} is one too many`);
        },
      });
      subscription.open();
      return Promise.resolve();
    },
    stop: async () => subscription?.close(),
    state: () => subscription?.state() ?? 'connecting',
    sensors: () => gates?.health() ?? [],
  };
}
