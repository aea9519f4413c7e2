import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { expect, it } from 'vitest';
import { iotDeltaPublisher } from '../../../lambdas/shared/iot-delta-publisher.ts';

it('gives up a broker that does not answer', async () => {
  let requests = 0;
  const server = createServer(() => void requests++).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const iot = new IoTDataPlaneClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const publishing = iotDeltaPublisher(iot, 500).publish({ topic: 'twin/a/b/delta', payload: Buffer.from('delta') });
  await expect(publishing).rejects.toThrow('twin/a/b/delta: 5 bytes not published');
  expect(requests).toBe(1);
  iot.destroy();
  server.closeAllConnections();
  server.close();
});
