import { Command } from 'commander';
import { encodeFrame } from '../../core/fec/encode-frame.ts';
import { PAYLOAD_BYTES_MAX } from '../../core/fec/frame-header.ts';
import type { FecLink } from '../../core/fec/link.ts';
import { CommandError } from '../command-error.ts';
import { readInput } from '../payload-input.ts';
import { addFecOptions, commandError, type FecOptions, linkOf, readStandardInput } from '../raw-fec.ts';

interface EncodeOptions extends FecOptions {
  readonly as?: string;
  readonly schema?: string;
  readonly hex?: boolean;
}

export function encodeCommand(): Command {
  return addFecOptions(
    new Command('encode').argument('[file]', 'JSON, such as `decode --json` prints; without it, standard input'),
  )
    .description('make a payload of JSON; it goes to standard output')
    .option('--as <format>', 'sync-frame, enveloped-reading, ack, …; not needed where the JSON says it')
    .option('--schema <schema>', 'of an enveloped reading: name/version of a released one, or its file')
    .option('--hex', 'print hexadecimal digits instead of bytes')
    .action(async (file: string | undefined, options: EncodeOptions) => {
      const link = linkOf(options);
      const bytes = options.raw
        ? await readStandardInput(PAYLOAD_BYTES_MAX)
        : await encodeJson(await readInput(file, {}, PAYLOAD_BYTES_MAX), options);
      const framed = link ? wrap(bytes, link) : bytes;
      process.stdout.write(options.hex ? `${Buffer.from(framed).toString('hex')}\n` : framed);
    });
}

async function encodeJson(bytes: Uint8Array, { as, schema }: EncodeOptions): Promise<Uint8Array> {
  const { encodePayload } = await import('../encode/encode-payload.ts');
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new CommandError(`what is to be encoded is no JSON: ${cause instanceof Error ? cause.message : ''}`, {
      cause,
    });
  }
  return encodePayload(json, { ...(as !== undefined && { as }), ...(schema !== undefined && { schema }) });
}

function wrap(payload: Uint8Array, link: FecLink): Uint8Array {
  const encoded = encodeFrame(payload, link);
  if (!encoded.ok) throw commandError(encoded);
  return encoded.frame;
}
