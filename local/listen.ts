import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:net';

/** Listens on a loopback port, any free one for 0. Gives the port; rejects when it cannot be had. */
export async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert(typeof address === 'object' && address !== null, 'a listening TCP server has an address');
  return address.port;
}
