import { readFile, stat } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { CommandError } from './command-error.ts';
import { readStandardInput } from './raw-fec.ts';

export interface InputOptions {
  readonly hex?: string;
  readonly base64?: string;
}

/** Ways to give a payload beside a file and standard input. */
export function addInputOptions(command: Command): Command {
  return command
    .addOption(new Option('--hex <digits>', 'the payload in hexadecimal; spaces do not count').conflicts('base64'))
    .option('--base64 <text>', 'the payload in base64, as rejects and records of streams have it');
}

/** The payload's bytes. Throws one line where it is nowhere, not in its encoding, or longer than `bytesMax`. */
export async function readInput(
  file: string | undefined,
  { hex, base64 }: InputOptions,
  bytesMax: number,
): Promise<Uint8Array> {
  if (file !== undefined && (hex ?? base64) !== undefined) {
    throw new CommandError(`${file}: --hex and --base64 are the payload themselves; leave out one of both`);
  }
  if (hex !== undefined) return fromText('--hex', hex.replaceAll(/\s+/g, ''), 'hex', /^(?:[\da-fA-F]{2})*$/);
  if (base64 !== undefined) return fromText('--base64', base64.trim(), 'base64', /^[A-Za-z\d+/]*={0,2}$/);
  if (file === undefined || file === '-') return readStandardInput(bytesMax);
  return readFileBytes(file, bytesMax);
}

function fromText(option: string, text: string, encoding: 'hex' | 'base64', pattern: RegExp): Uint8Array {
  if (pattern.test(text)) return Buffer.from(text, encoding);
  const at = encoding === 'hex' ? text.search(/[^\da-fA-F]/) : text.search(/[^A-Za-z\d+/=]/);
  const what = at < 0 ? `${text.length} characters` : `"${text.slice(at, at + 1)}" as character ${at + 1}`;
  throw new CommandError(
    `${option}: got ${what}, expected ${encoding === 'hex' ? 'pairs of digits 0-9 a-f' : encoding}`,
  );
}

async function readFileBytes(file: string, bytesMax: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > bytesMax) throw new CommandError(`${file}: got ${size} bytes, expected at most ${bytesMax}`);
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(`${file}: cannot be read: ${cause instanceof Error ? cause.message : 'unknown'}`, { cause });
  }
}
