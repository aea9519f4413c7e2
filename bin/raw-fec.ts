import { type Command, Option } from 'commander';
import { type Depth, DEPTHS, type FecLink } from '../core/fec/link.ts';
import type { Refusal } from '../core/reason.ts';
import { CommandError } from './command-error.ts';

export interface FecOptions {
  readonly raw?: boolean;
  readonly fec?: boolean;
  readonly depth?: `${Depth}`;
}

/** Plain bytes and FEC frames, from standard input to standard output: what `encode` and `decode` have in common. */
export function addFecOptions(command: Command): Command {
  return command
    .option('--raw', 'plain bytes, as they are, from standard input to standard output; with --fec and --depth')
    .option('--fec', 'in a FEC frame: Reed–Solomon (255,223); see docs/formats.md')
    .addOption(
      new Option('--depth <codewords>', 'how many codewords the link interleaves').choices(DEPTHS.map(String)),
    );
}

/** The link that the options name, undefined where they name none. Throws one line where they name half of one. */
export function linkOf({ raw, fec, depth }: FecOptions): FecLink | undefined {
  if (fec && depth !== undefined) return { depth: Number(depth) as Depth };
  if (!raw && !fec && depth === undefined) return undefined;
  throw new CommandError(`${fec ? '--depth' : '--fec'} is missing: --fec and --depth go together, and --raw with both`);
}

/** All of standard input; more than `bytesMax` is an error, and is not kept. */
export async function readStandardInput(bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new CommandError(`standard input: too-large: expected at most ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function commandError({ reason, detail }: Refusal): CommandError {
  return new CommandError(`${reason}: ${detail}`);
}
