import { type Command, Option } from 'commander';
import { type Depth, DEPTHS, type FecLink } from '../core/fec/link.ts';
import type { Refusal } from '../core/reason.ts';
import { CommandError } from './command-error.ts';

export interface RawFecOptions {
  readonly raw: true;
  readonly fec: true;
  readonly depth: `${Depth}`;
}

/** Plain bytes and FEC frames, from standard input to standard output: what `encode` and `decode` have in common. */
export function addRawFecOptions(command: Command): Command {
  return command
    .requiredOption('--raw', 'plain bytes, as they are')
    .requiredOption('--fec', 'in a FEC frame: Reed–Solomon (255,223); see docs/formats.md')
    .addOption(
      new Option('--depth <codewords>', 'how many codewords the link interleaves')
        .choices(DEPTHS.map(String))
        .makeOptionMandatory(),
    );
}

export function linkOf({ depth }: RawFecOptions): FecLink {
  return { depth: Number(depth) as Depth };
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
