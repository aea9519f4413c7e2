import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import type { DecodedUplink } from '../../core/ports.ts';
import type { Refusal } from '../../core/reason.ts';
import { CODEC_WALL_MS_MAX, FAILURES_IN_A_ROW_MAX, SUSPENSION_MS } from '../../uplinks/codec-runner.ts';
import { CODEC_ANSWER_CHARACTERS_MAX } from '../../uplinks/quickjs-codec.ts';
import { runnerOf } from './runner.ts';

const folder = mkdtempSync(join(tmpdir(), 'cityweave-codecs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runner = runnerOf(pathToFileURL(`${folder}/`));
let files = 0;

/** What becomes of an uplink with this codec, which has never been seen before. */
function run(source: string, { bytes = [1, 2, 254], fPort = 7 } = {}): DecodedUplink | Refusal {
  files += 1;
  writeFileSync(join(folder, `codec-${files}.js`), source);
  const recvTimeMs = Date.UTC(2026, 10, 21, 8);
  return runner.run(`codec-${files}.js`, { bytes: Uint8Array.from(bytes), fPort, recvTimeMs, variables: { k: 'v' } });
}

const GOOD = 'function decodeUplink(input) { return { data: { first: input.bytes[0] } }; }';

function expectNextToWork(): void {
  expect(run(GOOD)).toEqual({ ok: true, data: { first: 1 } });
}

describe('the calling convention', () => {
  it('gives bytes as a plain list, the port, the time as a Date and the variables', () => {
    const source = `function decodeUplink(input) {
      return { data: { list: Array.isArray(input.bytes), bytes: input.bytes.concat([9]), port: input.fPort,
        date: input.recvTime instanceof Date, time: input.recvTime.toISOString(), variables: input.variables } };
    }`;
    expect(run(source)).toEqual({
      ok: true,
      data: {
        list: true,
        bytes: [1, 2, 254, 9],
        port: 7,
        date: true,
        time: '2026-11-21T08:00:00.000Z',
        variables: { k: 'v' },
      },
    });
  });

  it.each([
    ['a script', GOOD],
    ['a constant', 'const decodeUplink = (input) => ({ data: { first: input.bytes[0] } });'],
    ['strict mode', `'use strict'; ${GOOD}`],
    ['module.exports', 'module.exports = { decodeUplink: (input) => ({ data: { first: input.bytes[0] } }) };'],
    ['exports', 'exports.decodeUplink = function (input) { return { data: { first: input.bytes[0] } }; };'],
    ['a guarded export', `${GOOD} if (typeof module !== 'undefined') { module.exports = { decodeUplink }; }`],
    ['a transpiled default', 'exports.default = { decodeUplink: (input) => ({ data: { first: input.bytes[0] } }) };'],
    ['a module', `export ${GOOD}`],
    ['a module’s default', `${GOOD} export default { decodeUplink };`],
    ['a module’s list', `${GOOD} export { decodeUplink };`],
    [
      'a bundle',
      '!function(e){"object"==typeof exports?module.exports=e():self.x=e()}(function(){return{decodeUplink:function(i){return{data:{first:i.bytes[0]}}}}});',
    ],
    ['version 2 of The Things Network', 'function Decoder(bytes, port) { return { first: bytes[0] }; }'],
    ['ChirpStack’s both versions', `function Decode(fPort, bytes) { return {}; } ${GOOD}`],
    [
      'undeclared variables',
      'function decodeUplink(input) { for (i = 0; i < 1; i++) first = input.bytes[i]; return { data: { first } }; }',
    ],
    ['a log line', `console.log('hello'); ${GOOD}`],
  ])('takes %s', (_, source) => {
    expect(run(source)).toEqual({ ok: true, data: { first: 1 } });
  });

  it('hands the decoded data to normalizeUplink', () => {
    const source = `${GOOD} function normalizeUplink(input) { return { data: [{ air: { co2: input.data.first } }] }; }`;
    expect(run(source)).toEqual({ ok: true, data: { first: 1 }, normalized: [{ air: { co2: 1 } }] });
  });

  it.each([
    ['says why it refuses', "function decodeUplink() { return { errors: ['unknown FPort'] }; }", /unknown FPort/],
    ['throws', "function decodeUplink() { throw new Error('too short'); }", /threw "Error: too short"/],
    ['throws what is no error', 'function decodeUplink() { throw { toString: 1 }; }', /threw/],
    ['returns nothing', 'function decodeUplink() {}', /returned no data|JSON/],
    ['normalizes in vain', `${GOOD} function normalizeUplink() { return { errors: ['odd'] }; }`, /odd/],
    ['returns a circle', 'function decodeUplink() { var o = {}; o.o = o; return { data: o }; }', /circular/],
    ['writes no JSON', `JSON.stringify = () => '{'; ${GOOD}`, /expected a JSON object/],
    ['writes other JSON', `JSON.stringify = () => 'null'; ${GOOD}`, /expected a JSON object/],
  ])('refuses as malformed what a codec that %s is given', (_, source, detail) => {
    const outcome = run(source);
    if (!outcome.ok) expect(outcome).toMatchObject({ reason: 'malformed', detail: expect.stringMatching(detail) });
    else expect(outcome.data).toBeUndefined();
    expectNextToWork();
  });

  it('starts afresh with every uplink', () => {
    const source =
      'var n = 0; function decodeUplink() { n += 1; globalThis.m = (globalThis.m || 0) + 1; return { data: { n, m } }; }';
    writeFileSync(join(folder, 'stateful.js'), source);
    const uplink = { bytes: new Uint8Array(1), fPort: 1, recvTimeMs: 0, variables: {} };
    const first = runner.run('stateful.js', uplink);
    expect(first).toEqual({ ok: true, data: { n: 1, m: 1 } });
    expect(runner.run('stateful.js', uplink)).toEqual(first);
  });

  it('has a Buffer that reads as Node’s does', () => {
    const expression = `[
      Buffer.from([1, 254, 3, 128, 5, 6, 7, 8]).readInt16LE(0), Buffer.from([1, 254, 3, 128]).readUInt32BE(0),
      Buffer.from([1, 254, 3, 128]).readInt32LE(), Buffer.from('41c80000', 'hex').readFloatBE(0),
      Buffer.from([0, 0, 0, 0, 0, 0, 20, 64]).readDoubleLE(0), Buffer.from([255, 255, 254]).readIntBE(0, 3),
      Buffer.from([1, 2, 3]).readUIntLE(0, 3), Buffer.from([200]).readInt8(0), Buffer.from([200]).readUint8(0),
      Buffer.from([222, 173]).toString('hex'), Buffer.from('3q0=', 'base64').toString('hex'),
      Buffer.from([222, 173, 190]).toString('base64'), Buffer.from('Größe 🚲').toString(), Buffer.from('é').length,
      Buffer.concat([Buffer.from([1]), Buffer.alloc(2)]).toString('hex'), Buffer.from([1, 2, 3]).slice(1).length,
      Buffer.isBuffer(Buffer.from([1])), JSON.stringify(Buffer.from([1])), Buffer.from([104, 105]).toString('ascii'),
      Buffer.from([1, 2, 3, 4]).subarray(1, 3).readUInt16BE(0), Buffer.from([1, 2]).equals(Buffer.from([1, 2])),
    ]`;
    const expected: unknown = JSON.parse(JSON.stringify(runInNewContext(expression, { Buffer })));
    expect(run(`function decodeUplink() { return { data: { list: ${expression} } }; }`)).toEqual({
      ok: true,
      data: { list: expected },
    });
    const constructed =
      "function decodeUplink(input) { return { data: { hex: new Buffer(input.bytes).toString('hex') } }; }";
    expect(run(constructed)).toEqual({ ok: true, data: { hex: '0102fe' } });
    expect(run('function decodeUplink() { return { data: Buffer.from([1]).readUInt16BE(0) }; }')).toMatchObject({
      reason: 'malformed',
    });
  });
});

describe('a codec that misbehaves costs its reading, and the next one is decoded', () => {
  it.each([
    ['loops', 'function decodeUplink() { for (;;) {} }', /interrupted/],
    ['loops while it is loaded', 'for (;;) {}', /interrupted/],
    ['backtracks', "function decodeUplink() { return { data: /(a+)+$/.exec('a'.repeat(40) + 'b') }; }", /interrupted/],
    [
      'fills the memory',
      'function decodeUplink() { var a = []; for (;;) a.push(new Array(1e4).fill(a)); }',
      /memory|interrupted|stopped/,
    ],
    ['asks for a gigabyte', 'function decodeUplink() { return { data: new Uint8Array(1e9) }; }', /memory/],
    [
      'asks for a long text',
      "function decodeUplink() { return { data: 'x'.repeat(2 ** 29) }; }",
      /memory|long|interrupted/,
    ],
    ['recurses', 'function decodeUplink() { return decodeUplink(); }', /stack/],
    [
      'loops in its answer',
      'function decodeUplink() { return { data: { toJSON() { for (;;) {} } } }; }',
      /interrupted/,
    ],
    ['is no JavaScript', 'function decodeUplink( {', /SyntaxError/],
    ['has no decodeUplink', 'function decode() {}', /no decodeUplink/],
    ['wants a module', "import fs from 'node:fs'; export function decodeUplink() {}", /threw|no decodeUplink/],
  ])('when it %s', (_, source, detail) => {
    expect(run(source)).toMatchObject({
      ok: false,
      reason: 'processing-failed',
      detail: expect.stringMatching(detail),
    });
    expectNextToWork();
  });

  it.each([
    ['searches without end', 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)'],
    ['joins without end', "new Array(1e9).join('x')"],
  ])('when a function of the engine itself %s', (_, expression) => {
    const startMs = performance.now();
    expect(run(`function decodeUplink() { return { data: ${expression} }; }`)).toMatchObject({
      reason: 'processing-failed',
      detail: expect.stringContaining(`stopped after ${CODEC_WALL_MS_MAX} ms`),
    });
    expect(performance.now() - startMs).toBeLessThan(20 * CODEC_WALL_MS_MAX);
    expectNextToWork();
  });

  it.each([
    ['throws while it is looked for', "Object.defineProperty(globalThis, 'decodeUplink', { get() { throw 1; } });"],
    ['takes the place of what it is looked for in', `module = undefined; ${GOOD}`],
  ])('and its thread dies, but not the process, when it %s', async (_, source) => {
    expect(run(source)).toMatchObject({ reason: 'processing-failed' });
    // An error of the thread that nobody hears ends the process as soon as it is told of it.
    await delay(CODEC_WALL_MS_MAX / 4);
    expectNextToWork();
  });

  it('when it is not there', () => {
    const uplink = { bytes: new Uint8Array(1), fPort: 1, recvTimeMs: 0, variables: {} };
    expect(runner.run('nobody.js', uplink)).toMatchObject({ reason: 'processing-failed' });
  });

  it('when it answers at too great length', () => {
    const answer = (characters: number): string =>
      `function decodeUplink() { return { data: 'x'.repeat(${characters - '{"data":""}'.length}) }; }`;
    expect(run(answer(CODEC_ANSWER_CHARACTERS_MAX))).toMatchObject({ ok: true });
    expect(run(answer(CODEC_ANSWER_CHARACTERS_MAX + 1))).toMatchObject({ reason: 'processing-failed' });
  });

  it('again and again, it is suspended for a minute, and others are not', () => {
    let nowMs = 0;
    const watched = runnerOf(pathToFileURL(`${folder}/`), () => nowMs);
    const source =
      'function decodeUplink(input) { if (input.fPort === 1) for (;;); return { data: { port: input.fPort } }; }';
    writeFileSync(join(folder, 'moody.js'), source);
    writeFileSync(join(folder, 'good.js'), GOOD);
    const decode = (fPort: number, file = 'moody.js'): DecodedUplink | Refusal =>
      watched.run(file, { bytes: Uint8Array.of(1), fPort, recvTimeMs: 0, variables: {} });
    const loop = (times: number): void => {
      for (let count = 0; count < times; count += 1)
        expect(decode(1)).toMatchObject({ detail: expect.stringContaining('interrupted') });
    };
    loop(FAILURES_IN_A_ROW_MAX - 1);
    expect(decode(2)).toMatchObject({ ok: true });
    loop(FAILURES_IN_A_ROW_MAX);
    nowMs = SUSPENSION_MS - 1;
    expect(decode(2)).toMatchObject({ reason: 'processing-failed', detail: expect.stringContaining('suspended') });
    expect(decode(2, 'good.js')).toMatchObject({ ok: true });
    nowMs = SUSPENSION_MS;
    expect(decode(2)).toMatchObject({ ok: true });
  });

  it.each(['process', 'require', 'fetch', 'std', 'os', 'setTimeout', 'WebAssembly'])('finds no %s', (name) => {
    expect(run(`function decodeUplink() { return { data: { kind: typeof ${name} } }; }`)).toEqual({
      ok: true,
      data: { kind: 'undefined' },
    });
  });
});
