import { describe, expect, it } from 'vitest';
import { createShutdown } from '../../../local/startup/shutdown.ts';

describe('the shutdown', () => {
  it('closes what was added last first, once, and goes on past what fails', async () => {
    const closed: string[] = [];
    const lines: string[] = [];
    const shutdown = createShutdown((line) => lines.push(line));
    shutdown.add('tables', () => void closed.push('tables'));
    shutdown.add('functions', () => {
      throw new Error('no disk');
    });
    shutdown.add('MQTT', async () => void closed.push('MQTT'));
    await Promise.all([shutdown.run(), shutdown.run()]);
    await shutdown.run();
    expect(closed).toEqual(['MQTT', 'tables']);
    expect(lines).toEqual(['functions did not close: no disk']);
  });

  it('leaves what hangs, and still closes the rest', async () => {
    const closed: string[] = [];
    const lines: string[] = [];
    const shutdown = createShutdown((line) => lines.push(line), 50);
    shutdown.add('the data directory', () => void closed.push('the data directory'));
    shutdown.add('functions', () => new Promise(() => {}));
    const startedMs = performance.now();
    await shutdown.run();
    expect(performance.now() - startedMs).toBeLessThan(1000);
    expect(closed).toEqual(['the data directory']);
    expect(lines).toEqual(['functions takes too long to close and is left']);
  });
});
