import { setTimeout as delay } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import config from '../../cityweave.config.ts';
import type { Ack, Ask } from '../../core/sync/command.ts';
import { decodeAck, decodeRequest } from '../../core/sync/decode-command.ts';
import { encodeFrame } from '../../core/sync/encode-frame.ts';
import type { FrameReading, Lane, SyncFrame } from '../../core/sync/frame.ts';
import { createSender, SENDER_DEFAULTS } from '../../core/sync/sender.ts';
import { connectAs, type Credentials } from './principals.ts';

const TICK_MS = 50;
const RULES: Readonly<Record<Lane, string>> = { bulk: 'cityweave_ingest', critical: 'cityweave_critical' };

/** A gateway that is nothing but a sender and its certificate. */
export interface SyncGateway {
  readonly asks: readonly Ask[];
  readonly acks: readonly Ack[];
  observe(...readings: readonly FrameReading[]): void;
  /** Lets everything but the frames of which this is true go out from now on. */
  lose(isLost: (frame: SyncFrame) => boolean): void;
  /** Believes what no cloud has said. */
  believe(ack: Ack): void;
  /** The power fails: a new start with nothing of the old one. */
  restart(): void;
  readonly sent: readonly SyncFrame[];
  readonly epoch: number;
  close(): Promise<void>;
}

/** @param name of a thing in zone `centre` */
export async function startGateway(credentials: Credentials, name: string, lane: Lane = 'bulk'): Promise<SyncGateway> {
  const client: MqttClient = await connectAs(credentials, name);
  const asks: Ask[] = [];
  const acks: Ack[] = [];
  const sent: SyncFrame[] = [];
  let isLost = (_frame: SyncFrame): boolean => false;
  let epoch = Date.now();
  const closing = new AbortController();

  const startSender = () =>
    createSender({
      ...SENDER_DEFAULTS,
      gateway: name,
      lane,
      epoch,
      assetTypes: config.assetTypes,
      heartbeatIntervalMs: 500,
    });
  let sender = startSender();

  client.on('message', (topic, payload) => {
    if (topic.endsWith('/resync')) {
      const decoded = decodeRequest(payload);
      if (!decoded.ok) throw new Error(decoded.detail);
      asks.push(decoded.command.ask);
      sender.answer(decoded.command);
    } else {
      const decoded = decodeAck(payload);
      if (!decoded.ok) throw new Error(decoded.detail);
      acks.push(decoded.command);
      sender.acknowledge(decoded.command);
    }
  });
  await client.subscribeAsync(`cmd/centre/gateway/${name}/+`, { qos: 1 });

  const speak = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      for (const frame of sender.tick(Date.now())) {
        if (isLost(frame)) continue;
        sent.push(frame);
        const topic = `$aws/rules/${RULES[lane]}/dt/centre/gateway/${name}/frames`;
        await client.publishAsync(topic, Buffer.from(encodeFrame(frame)), { qos: 1 });
      }
      await delay(TICK_MS);
    }
  };
  const speaking = speak();

  return {
    asks,
    acks,
    sent,
    get epoch() {
      return epoch;
    },
    observe(...readings) {
      for (const reading of readings) sender.observe(reading, Date.now());
    },
    lose(next) {
      isLost = next;
    },
    believe: (ack) => sender.acknowledge(ack),
    restart() {
      epoch = Math.max(epoch + 1, Date.now());
      sender = startSender();
    },
    async close() {
      closing.abort();
      await speaking;
      await client.endAsync();
    },
  };
}
