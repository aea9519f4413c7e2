/** One run of a vendor's codec in QuickJS, which gives it nothing of this process: no modules, no files, no network. */

import type { QuickJSContext, QuickJSHandle, QuickJSWASMModule } from 'quickjs-emscripten';
import type { DecodedUplink, Uplink } from '../core/ports.ts';
import { refuse, type Refusal } from '../core/reason.ts';
import { show } from '../core/schema/show.ts';
import { BUFFER_PRELUDE, PRELUDE } from './codec-prelude.ts';

/** Codecs take a millisecond or two. */
const CODEC_CPU_MS_MAX = 50;
const CODEC_MEMORY_BYTES_MAX = 16 * 1024 * 1024;
const CODEC_STACK_BYTES_MAX = 256 * 1024;
/** Of the answer in JSON, which one reading is made of. */
export const CODEC_ANSWER_CHARACTERS_MAX = 64 * 1024;

/**
 * Both functions as The Things Stack calls them: bytes as a plain list, the time as a Date, and the decoded data handed on
 * to `normalizeUplink` if there was no error. ChirpStack adds the device's variables. What comes out is JSON text.
 */
const CALL = `(codec, input) => {
  input.recvTime = new Date(input.recvTime);
  const decode = codec.decodeUplink;
  const { data, errors } = decode(input) ?? {};
  if (errors?.length > 0) return JSON.stringify({ errors: [errors].flat().map(String) });
  const normalize = codec.normalizeUplink;
  if (typeof normalize !== 'function' || !data) return JSON.stringify({ data });
  const answer = JSON.stringify(data) ?? 'null';
  const normalized = normalize({ data }) ?? {};
  if (normalized.errors?.length > 0) return JSON.stringify({ errors: [normalized.errors].flat().map(String) });
  return '{"data":' + answer + ',"normalized":' + (JSON.stringify(normalized.data) ?? 'null') + '}';
}`;

/**
 * A script's functions stand in its scope, a package's in what it exports, under `default` if it was transpiled. Before
 * version 3 of The Things Stack a decoder was called `Decoder`, and it still takes those.
 */
const FIND = `(() => {
  const { exports } = module;
  const found = [exports, exports?.default].find((each) => typeof each?.decodeUplink === 'function') ?? {};
  const old = typeof Decoder === 'function' ? ({ bytes, fPort }) => ({ data: Decoder(bytes, fPort) }) : undefined;
  return {
    decodeUplink: typeof decodeUplink === 'function' ? decodeUplink : found.decodeUplink ?? old,
    normalizeUplink: typeof normalizeUplink === 'function' ? normalizeUplink : found.normalizeUplink,
  };
})()`;

/**
 * Runs the codec whose text is `source`, in a runtime of its own: as network servers do, nothing that a codec leaves in
 * its variables outlives the uplink. `cpuMs` tells the processor time that this thread has used: a busy machine must not
 * make a codec late.
 */
export function runCodec(
  quickjs: QuickJSWASMModule,
  source: string,
  uplink: Uplink,
  cpuMs: () => number,
): DecodedUplink | Refusal {
  const startMs = cpuMs();
  const runtime = quickjs.newRuntime({
    memoryLimitBytes: CODEC_MEMORY_BYTES_MAX,
    maxStackSizeBytes: CODEC_STACK_BYTES_MAX,
    interruptHandler: () => cpuMs() - startMs > CODEC_CPU_MS_MAX,
  });
  const context = runtime.newContext();
  try {
    return callCodec(context, source, uplink);
  } finally {
    context.dispose();
    runtime.dispose();
  }
}

function callCodec(context: QuickJSContext, source: string, uplink: Uplink): DecodedUplink | Refusal {
  const codec = loadCodec(context, source);
  if ('ok' in codec) return codec;
  using exported = codec;
  using decode = context.getProp(exported, 'decodeUplink');
  if (context.typeof(decode) !== 'function') return refuse('processing-failed', 'the codec has no decodeUplink');
  using call = context.unwrapResult(context.evalCode(CALL));
  using input = inputOf(context, uplink);
  const answer = context.callFunction(call, context.undefined, exported, input);
  if (answer.error) return refuseError(context, answer.error, 'malformed');
  using text = answer.value;
  if (context.typeof(text) !== 'string') return refuse('malformed', 'the codec returned no data');
  return readAnswer(context.getString(text));
}

function loadCodec(context: QuickJSContext, source: string): QuickJSHandle | Refusal {
  context.unwrapResult(context.evalCode(source.includes('Buffer') ? PRELUDE + BUFFER_PRELUDE : PRELUDE)).dispose();
  const script = context.evalCode(source, 'codec.js', { type: 'global' });
  if (!script.error) {
    script.value.dispose();
    return context.unwrapResult(context.evalCode(FIND));
  }
  // What is no script may be a module, whose `export` no script has.
  const module = context.evalCode(source, 'codec.mjs', { type: 'module' });
  if (module.error) {
    module.error.dispose();
    return refuseError(context, script.error, 'processing-failed');
  }
  script.error.dispose();
  const named = context.getProp(module.value, 'decodeUplink');
  if (context.typeof(named) === 'function') {
    named.dispose();
    return module.value;
  }
  named.dispose();
  using exports = module.value;
  return context.getProp(exports, 'default');
}

function inputOf(context: QuickJSContext, { bytes, fPort, recvTimeMs, variables }: Uplink): QuickJSHandle {
  const json = JSON.stringify({ bytes: [...bytes], fPort, recvTime: recvTimeMs, variables });
  return context.unwrapResult(context.evalCode(`(${json})`));
}

/** QuickJS's own errors are of time, memory and stack; the codec is to blame, not the bytes. */
function refuseError(context: QuickJSContext, error: QuickJSHandle, reason: Refusal['reason']): Refusal {
  using handle = error;
  const dumped: unknown = context.dump(handle);
  const { name, message } = (typeof dumped === 'object' && dumped !== null ? dumped : {}) as Record<string, unknown>;
  const detail = typeof name === 'string' && typeof message === 'string' ? `${name}: ${message}` : dumped;
  return refuse(name === 'InternalError' ? 'processing-failed' : reason, `the codec threw ${show(detail)}`);
}

function readAnswer(text: string): DecodedUplink | Refusal {
  if (text.length > CODEC_ANSWER_CHARACTERS_MAX) {
    const expected = `expected at most ${CODEC_ANSWER_CHARACTERS_MAX}`;
    return refuse('processing-failed', `the codec returned ${text.length} characters of JSON, ${expected}`);
  }
  const answer = parseAnswer(text);
  if (!answer) return refuse('malformed', `the codec returned ${show(text)}, expected a JSON object`);
  const { data, normalized, errors } = answer;
  if (errors !== undefined) return refuse('malformed', `the codec refused it: ${show(errors)}`);
  return { ok: true, data, ...(normalized !== undefined && normalized !== null && { normalized }) };
}

/** A codec may have put a `JSON` of its own in the place of QuickJS's. */
function parseAnswer(text: string): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? { ...answer } : undefined;
  } catch {
    return undefined;
  }
}
