import { once } from 'node:events';
import net from 'node:net';
import { listen } from '../listen.ts';
import type { Ports } from '../options.ts';

const LISTENERS: Readonly<Record<keyof Ports, string>> = {
  mqtt: 'MQTT; another broker, such as Mosquitto, or another cityweave may have it',
  mqtts: 'MQTT with client certificates; another broker or another cityweave may have it',
  ws: 'MQTT over WebSocket; another broker or another cityweave may have it',
  aws: 'AWS APIs; LocalStack or another cityweave may have it',
  http: 'HTTP API; a web server or another cityweave may have it',
};

/**
 * Throws one line that names the port that is taken. Asked before anything else is started: MQTT and HTTP listen only
 * once the functions behind them run, and nobody should wait that long to learn that they cannot.
 */
export async function assertPortsFree(ports: Ports): Promise<void> {
  for (const name of ['mqtt', 'mqtts', 'ws', 'aws', 'http'] as const) {
    await assertPortFree(ports[name], LISTENERS[name]);
  }
}

async function assertPortFree(port: number, what: string): Promise<void> {
  if (port === 0) {
    return;
  }
  const probe = net.createServer();
  try {
    await listen(probe, port);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const why = code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${String(code)})`;
    throw new Error(`port ${port} ${why} (${what}); stop that, or choose other ports with --port-base N`, { cause });
  }
  probe.close();
  await once(probe, 'close');
}
