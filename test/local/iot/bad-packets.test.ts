import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nextMessage } from './mqtt-events.ts';
import { startIot, type StartedIot } from './start-iot.ts';

const CORPUS = fileURLToPath(new URL('../../../../shared/data/bad-input/mqtt-fuzz-valid', import.meta.url));
const present = existsSync(CORPUS);
const why = present ? '' : ' (skipped: ../shared/data/bad-input/mqtt-fuzz-valid is absent)';

/** How long a connection may take to be closed by the broker; one that it keeps waiting is ended by the test. */
const PATIENCE_MS = 50;

let started: StartedIot;
let witness: MqttClient;

beforeAll(async () => {
  started = await startIot();
  await started.addRule('raw', "SELECT * FROM 'witness'");
  witness = await started.connect({ clientId: 'witness' });
  await witness.subscribeAsync('witness', { qos: 1 });
});
afterAll(() => started.close());

async function send(...packets: readonly Buffer[]): Promise<void> {
  const socket = net.connect(started.port, '127.0.0.1');
  const closed = once(socket, 'close');
  // The broker may hang up in mid-write.
  socket.on('error', () => {});
  socket.resume();
  for (const packet of packets) {
    socket.write(packet);
  }
  await Promise.race([closed, delay(PATIENCE_MS)]);
  socket.destroy();
  await closed;
}

/** The client that did nothing wrong still publishes, and hears itself. */
async function expectWitnessServed(): Promise<void> {
  const heard = nextMessage(witness);
  await witness.publishAsync('witness', 'x', { qos: 1 });
  await heard;
  expect(witness.connected).toBe(true);
}

function connectPacket(clientId: string): Buffer {
  const id = Buffer.from(clientId);
  const body = Buffer.concat([Buffer.from('\0\x04MQTT\x04\x02\0\x3c', 'latin1'), Buffer.from([0, id.length]), id]);
  return Buffer.concat([Buffer.from([0x10, body.length]), body]);
}

describe('bad packets end their own connection only', () => {
  it.each<[string, Buffer[]]>([
    ['nothing but zeros', [Buffer.alloc(64)]],
    ['an HTTP request', [Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')]],
    ['a publish before CONNECT', [Buffer.from('\x30\x04\0\x01ax', 'latin1')]],
    ['two CONNECTs', [connectPacket('two'), connectPacket('two')]],
    ['an endless remaining length', [connectPacket('len'), Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff])]],
    ['a publish with QoS 3', [connectPacket('q3'), Buffer.from('\x36\x06\0\x01a\0\x01x', 'latin1')]],
    ['a publish on a topic with wildcards', [connectPacket('wild'), Buffer.from('\x30\x06\0\x03a/#x', 'latin1')]],
    ['a publish on an empty topic', [connectPacket('empty'), Buffer.from('\x30\x03\0\0x', 'latin1')]],
    ['a topic longer than its packet', [connectPacket('long'), Buffer.from('\x30\x04\xff\xffax', 'latin1')]],
    ['a SUBSCRIBE without filters', [connectPacket('none'), Buffer.from('\x82\x02\0\x01', 'latin1')]],
    ['a SUBSCRIBE with reserved flags', [connectPacket('flag'), Buffer.from('\x80\x06\0\x01\0\x01a\0', 'latin1')]],
    ['a SUBSCRIBE to a+/b', [connectPacket('plus'), Buffer.from('\x82\x09\0\x01\0\x04a+/b\0', 'latin1')]],
    ['a SUBSCRIBE that is cut', [connectPacket('cut'), Buffer.from('\x82\x20\0\x01\0\x01', 'latin1')]],
  ])('%s', async (_name, packets) => {
    await send(...packets);
    await expectWitnessServed();
  });

  it('a filter that is none is named in the log', async () => {
    started.log.length = 0;
    await send(connectPacket('plus'), Buffer.from('\x82\x09\0\x01\0\x04a+/b\0', 'latin1'));
    expect(started.log).toEqual([expect.stringMatching(/^MQTT client "plus" is disconnected: .*\+/)]);
  });
});

describe.skipIf(!present)(`recorded packets of a fuzzer${why}`, () => {
  const files = present ? globSync('valid-cases/**/*.raw', { cwd: CORPUS }) : [];

  it('are there', () => expect(files.length).toBeGreaterThan(0));

  it.each(files)('%s', async (file) => {
    const bytes = readFileSync(path.join(CORPUS, file));
    await send(bytes);
    await send(connectPacket('fuzz'), bytes);
    // And torn: what follows is read as the rest of the packet.
    await send(connectPacket('torn'), bytes.subarray(0, bytes.length - 1), bytes);
    await expectWitnessServed();
  });
});
