import { Command } from 'commander';
import { decodeFrame } from '../../core/fec/decode-frame.ts';
import { frameBytesMax } from '../../core/fec/layout.ts';
import type { FecLink } from '../../core/fec/link.ts';
import { readCityConfig } from '../city-config.ts';
import { CommandError } from '../command-error.ts';
import { addInputOptions, type InputOptions, readInput } from '../payload-input.ts';
import { printJson } from '../print.ts';
import { addFecOptions, commandError, type FecOptions, linkOf, readStandardInput } from '../raw-fec.ts';

interface DecodeOptions extends InputOptions, FecOptions {
  readonly topic?: string;
  readonly schema?: string;
  readonly json?: boolean;
}

/** What is decoded by hand: a frame of 128 KB with its parity, or an object of the archive. */
const PAYLOAD_BYTES_MAX = 64 * 1024 * 1024;

export function decodeCommand(): Command {
  const command = new Command('decode').argument('[file]', 'the payload; without it and --hex, standard input');
  return addFecOptions(addInputOptions(command))
    .description('tell what a payload is: format, fields and units, or where and why it is broken')
    .option('--topic <topic>', 'what it was published on, which tells its format and its asset’s type')
    .option('--schema <file>', 'of an enveloped reading, where it is not released: name/version.avsc or .proto')
    .option('--json', 'print what was found as JSON; `encode` takes it back')
    .action(async (file: string | undefined, options: DecodeOptions) => {
      const link = linkOf(options);
      if (link) return unwrap(link);
      const bytes = await readInput(file, options, PAYLOAD_BYTES_MAX);
      // Loaded only here: half of the platform's decoders and the city come with it.
      const [{ decodePayload }, { isBroken }, { linesOf }, city] = await Promise.all([
        import('../decode/decode-payload.ts'),
        import('../decode/finding.ts'),
        import('../decode/print-finding.ts'),
        readCityConfig(),
      ]);
      const { topic, schema } = options;
      const schemas = schema === undefined ? [] : [(await import('../schema/schema-file.ts')).readSchemaFile(schema)];
      const finding = await decodePayload(bytes, { city, nowMs: Date.now(), schemas, ...(topic && { topic }) });
      if (options.json) printJson(finding);
      else process.stdout.write(`${linesOf(finding).join('\n')}\n`);
      if (isBroken(finding)) throw new CommandError('some of it would be refused: see above');
    });
}

/** What the frame on standard input carries, as it is. */
async function unwrap(link: FecLink): Promise<void> {
  const decoded = decodeFrame(await readStandardInput(frameBytesMax(link)), link);
  if (!decoded.ok) throw commandError(decoded);
  const { payload, correctedBytes } = decoded;
  if (correctedBytes > 0) console.error(`corrected ${correctedBytes} ${correctedBytes === 1 ? 'byte' : 'bytes'}`);
  process.stdout.write(payload);
}
