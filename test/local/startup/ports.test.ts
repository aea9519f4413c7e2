import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { listen } from '../../../local/listen.ts';
import { PORT_BASE_MAX, portsOf } from '../../../local/options.ts';
import { assertPortsFree } from '../../../local/startup/ports.ts';

describe('ports', () => {
  it('are the documented ones, or follow from the base, or are free ones', () => {
    expect(portsOf(undefined)).toEqual({ mqtt: 1883, mqtts: 8883, ws: 8083, aws: 4566, http: 8080 });
    expect(portsOf(20_000)).toEqual({ mqtt: 20_000, mqtts: 20_001, ws: 20_002, aws: 20_003, http: 20_004 });
    expect(portsOf(PORT_BASE_MAX).http).toBe(65_535);
    expect(portsOf(0)).toEqual({ mqtt: 0, mqtts: 0, ws: 0, aws: 0, http: 0 });
  });

  it('that are taken are named, with who may have them and what to do', async () => {
    const other = net.createServer();
    const port = await listen(other, 0);
    await expect(assertPortsFree({ ...portsOf(0), aws: port })).rejects.toThrow(
      `port ${port} is in use (AWS APIs; LocalStack or another cityweave may have it); ` +
        'stop that, or choose other ports with --port-base N',
    );
    other.close();
    await once(other, 'close');
    await assertPortsFree({ ...portsOf(0), aws: port });
  });
});
