import { once } from 'node:events';
import net from 'node:net';
import { expect, it } from 'vitest';
import { SETTLE_TIMEOUT_MS } from '../../../local/iot/iot-core.ts';
import { startIot } from './start-iot.ts';

it('close() ends connections that never sent CONNECT, and does not wait for ever for an action', async () => {
  const started = await startIot(() => new Promise(() => {}));
  await started.addRule('stuck', "SELECT * FROM 'a'");
  const silent = net.connect(started.port, '127.0.0.1');
  await once(silent, 'connect');
  silent.resume();
  const client = await started.connect();
  client.publish('a', 'x', { qos: 1 });
  await expect.poll(() => started.records, { timeout: 10_000 }).toHaveLength(1);

  const beganMs = performance.now();
  const silentClosed = once(silent, 'close');
  await started.iot.close();
  await silentClosed;
  expect(performance.now() - beganMs).toBeLessThan(SETTLE_TIMEOUT_MS + 1000);
  await client.endAsync(true);
});

it('listen() refuses a port that is taken', async () => {
  const started = await startIot();
  await expect(started.iot.listen(started.port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await started.close();
});
