import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeFinding } from '../../../edge-greengrass/config/finding.ts';
import { type ConfigKeeper, openConfigKeeper } from '../../../edge-greengrass/config/keep-config.ts';
import type { ConfigurationSource } from '../../../edge-greengrass/ports.ts';
import { GIVEN_TEXT, given } from './given-config.ts';

let directory: string;
const keepers: ConfigKeeper[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-keep-config-'));
});
afterEach(async () => {
  await Promise.all(keepers.splice(0).map((keeper) => keeper.close()));
  await rm(directory, { recursive: true, force: true });
});

/** Says what it is told to; an error it throws. */
function sourceOf(first: unknown) {
  let said = first;
  let reads = 0;
  const listeners: (() => void)[] = [];
  const source: ConfigurationSource = {
    read: async () => {
      reads += 1;
      if (said instanceof Error) throw said;
      return said;
    },
    onChange: (listener) => void listeners.push(listener),
  };
  const say = (next: unknown): void => {
    said = next;
    for (const listener of listeners) listener();
  };
  return { source, say, reads: () => reads };
}

async function open(source: ConfigurationSource) {
  const reported: string[][] = [];
  const used: boolean[] = [];
  const zones: string[] = [];
  const file = path.join(directory, 'state', 'last-good.json');
  const keeper = await openConfigKeeper({
    source,
    file,
    report: (findings, isUsed) => {
      reported.push(findings.map(describeFinding));
      used.push(isUsed);
    },
  });
  keepers.push(keeper);
  keeper.onChange(({ identity }) => zones.push(identity.zone));
  return { keeper, reported, used, zones, file };
}

const inZone = (zone: unknown) => given(['identity', 'zone'], zone);

describe('the configuration', () => {
  it('is what the source says, and follows it', async () => {
    const { source, say } = sourceOf(inZone('north'));
    const { keeper, zones, used } = await open(source);
    expect(keeper.current().identity.zone).toBe('north');
    say(inZone('south'));
    await expect.poll(() => zones).toEqual(['south']);
    expect(keeper.current().identity.zone).toBe('south');
    expect(used).toEqual([true, true]);
  });

  it('stays as it was when an update is broken, and the update is reported', async () => {
    const { source, say } = sourceOf(inZone('north'));
    const { keeper, reported, used, zones } = await open(source);
    say(inZone('no zone'));
    await expect.poll(() => reported.length).toBe(2);
    expect(reported[1]).toEqual([
      expect.stringContaining('edge_gateway_v3.identity.zone: got "no zone", expected a name'),
    ]);
    expect(keeper.current().identity.zone).toBe('north');
    expect(used).toEqual([true, false]);
    expect(zones).toEqual([]);

    say(inZone('south'));
    await expect.poll(() => zones).toEqual(['south']);
    expect(used).toEqual([true, false, true]);
  });

  it('stays as it was when the source cannot be read', async () => {
    const { source, say } = sourceOf(inZone('north'));
    const { keeper, reported } = await open(source);
    say(new Error('the nucleus is away'));
    await expect.poll(() => reported[1]).toEqual(['configuration: got the nucleus is away, expected a configuration']);
    expect(keeper.current().identity.zone).toBe('north');
  });

  it('that says the same in other words is no change', async () => {
    const { source, say } = sourceOf(GIVEN_TEXT);
    const { reported, zones } = await open(source);
    say(`# a remark\n${GIVEN_TEXT}`);
    await expect.poll(() => reported.length).toBe(2);
    expect(zones).toEqual([]);
  });

  it('that changes often meanwhile is read as it is in the end', async () => {
    const { source, say, reads } = sourceOf(inZone('zone-0'));
    const { zones } = await open(source);
    for (let index = 1; index <= 100; index += 1) say(inZone(`zone-${index}`));
    await expect.poll(() => zones.at(-1)).toBe('zone-100');
    expect(reads()).toBeLessThanOrEqual(3);
  });

  it('is told nobody after the end', async () => {
    const { source, say } = sourceOf(inZone('north'));
    const { keeper, zones } = await open(source);
    say(inZone('south'));
    await keeper.close();
    say(inZone('east'));
    await new Promise(setImmediate);
    expect(zones).toEqual([]);
  });
});

describe('after a restart', () => {
  it.each<[string, unknown]>([
    ['says something broken', inZone('no zone')],
    ['says nothing', {}],
    ['says half a file', GIVEN_TEXT.slice(0, 500)],
    ['cannot be read', new Error('no such file')],
  ])('the last good one holds where the source %s', async (_, said) => {
    const before = sourceOf(inZone('north'));
    await open(before.source);
    const { keeper, reported, used, zones } = await open(sourceOf(said).source);
    expect(keeper.current().identity.zone).toBe('north');
    expect(used).toEqual([false]);
    expect(reported[0]).not.toEqual([]);
    expect(zones).toEqual([]);
  });

  it('it is the last good one, not the first', async () => {
    const { source, say } = sourceOf(inZone('north'));
    const { zones } = await open(source);
    say(inZone('south'));
    await expect.poll(() => zones).toEqual(['south']);
    const { keeper } = await open(sourceOf({}).source);
    expect(keeper.current().identity.zone).toBe('south');
  });

  it('a good one of the source comes before it', async () => {
    await open(sourceOf(inZone('north')).source);
    const { keeper } = await open(sourceOf(inZone('south')).source);
    expect(keeper.current().identity.zone).toBe('south');
  });

  it('without any it does not start, and says why in one line', async () => {
    const broken = sourceOf(given(['sensors'], { cameras: [{ id: 1, protocol: 'RTSP', fps: 0 }] }));
    await expect(open(broken.source)).rejects.toThrow(
      /^no good configuration: edge_gateway_v3\.sensors\.cameras\[0\]\.id: got 1, .* \(and 2 more\)$/,
    );
  });

  it('what a crash left half written is not taken for one', async () => {
    const { file } = await open(sourceOf(inZone('north')).source);
    const text = await readFile(file, 'utf8');
    await writeFile(`${file}.new`, text.slice(0, 100));
    expect((await open(sourceOf({}).source)).keeper.current().identity.zone).toBe('north');
    await writeFile(file, text.slice(0, 100));
    await expect(open(sourceOf({}).source)).rejects.toThrow(/^no good configuration/);
  });

  it('a disk that takes nothing is reported, and the configuration holds all the same', async () => {
    await mkdir(path.join(directory, 'state', 'last-good.json.new'), { recursive: true });
    const { keeper, reported } = await open(sourceOf(inZone('north')).source);
    expect(keeper.current().identity.zone).toBe('north');
    expect(reported[1]).toEqual([expect.stringMatching(/^warning: configuration: got EISDIR.*a restart may run with/)]);
  });

  it('nothing but the one file is left', async () => {
    const { source, say } = sourceOf(inZone('north'));
    const { zones } = await open(source);
    say(inZone('south'));
    await expect.poll(() => zones).toEqual(['south']);
    expect(await readdir(path.join(directory, 'state'))).toEqual(['last-good.json']);
  });
});
