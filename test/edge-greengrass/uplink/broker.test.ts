import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decodeFrame } from '../../../core/sync/decode-frame.ts';
import { encodeAck } from '../../../core/sync/encode-command.ts';
import type { FrameReading } from '../../../core/sync/frame.ts';
import { createReceiver } from '../../../core/sync/receiver.ts';
import { RECEIVER_DEFAULTS } from '../../../core/sync/receiver-options.ts';
import { encodeReading } from '../../../edge-greengrass/spool/reading-record.ts';
import { createMqttTransport } from '../../../edge-greengrass/transport/mqtt/transport.ts';
import { createUplink } from '../../../edge-greengrass/uplink/uplink.ts';
import { smallCity } from '../../core/schema/small-city.ts';
import { type Broker, startBroker } from '../greengrass/start-broker.ts';
import { openSpool, spoolDirectory } from '../spool/spool-directory.ts';
import { cuttableProxy } from './cuttable-proxy.ts';

const THING = 'gw-7';
const TOPIC = '$aws/rules/cityweave_ingest/dt/north/gateway/gw-7/frames';
const READINGS = 300;

/** What acknowledges frames in the cloud, as they come out of the broker; and the notes that came. */
function acknowledge(broker: Broker) {
  const receiver = createReceiver({ ...RECEIVER_DEFAULTS, ackIntervalMs: 100, gateway: THING, lane: 'bulk' });
  const notes = new Map<unknown, number>();
  const timer = setInterval(() => {
    const nowMs = Date.now();
    for (const { topic, payload } of broker.received.splice(0)) {
      if (topic !== TOPIC) continue;
      const decoded = decodeFrame(payload);
      if (!decoded.ok) throw new Error(decoded.detail);
      const readings = decoded.frame.kind === 'heartbeat' ? [] : decoded.frame.readings;
      for (const { attributes } of readings) notes.set(attributes.get('note'), nowMs);
      receiver.take(decoded.frame, nowMs);
    }
    for (const output of receiver.tick(nowMs)) {
      if (output.kind === 'ack') void broker.publish(`cmd/north/gateway/${THING}/ack`, encodeAck(output.ack));
    }
  }, 20);
  onTestFinished(() => clearInterval(timer));
  return notes;
}

function noteOf(number: number): FrameReading {
  const stamp = BigInt(Date.now()) * 1_000_000n + BigInt(number);
  const attributes = new Map([['note', `n${number}`]]);
  return { assetId: 'garage', assetType: 'CarPark', sensor: 'loop', stamp, attributes, seen: new Map() };
}

describe('an uplink over a real broker', () => {
  it('brings up everything though the line is cut, and lets go of it when it is acknowledged', async () => {
    const broker = await startBroker();
    onTestFinished(() => broker.close());
    const notes = acknowledge(broker);
    const proxy = await cuttableProxy(broker.port);
    const transport = createMqttTransport({
      settings: { kind: 'mqtt', thingName: THING, payloadBytesMax: 4096, url: proxy.url },
      log: () => {},
      retryFirstMs: 20,
    });
    const spool = await openSpool(await spoolDirectory());
    const { assetTypes } = smallCity;
    const options = {
      thing: THING,
      zone: 'north',
      transport,
      spool,
      epoch: 1,
      assetTypes,
      nowMs: Date.now,
      random: Math.random,
    };
    const uplink = createUplink({ ...options, deltaFramesPerSecondMax: 50 });
    uplink.start();

    for (let number = 0; number < READINGS; number += 1) {
      if (number === READINGS / 3) proxy.cut();
      if (number === (2 * READINGS) / 3) proxy.mend();
      const reading = noteOf(number);
      uplink.take('normal', reading, await spool.append('normal', encodeReading(reading)));
      await sleep(2);
    }
    await expect.poll(() => notes.size).toBe(READINGS);
    await expect.poll(() => spool.state().normal.records, { timeout: 20_000 }).toBe(0);
    expect(uplink.state()).toMatchObject({ isUp: true, lastAckAtMs: expect.any(Number), fates: { dropped: 0 } });
    await uplink.close(1000);
    await transport.close();
    await spool.close();
  });
});
