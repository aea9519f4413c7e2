import { Command } from 'commander';
import { encodeFrame } from '../../core/fec/encode-frame.ts';
import { PAYLOAD_BYTES_MAX } from '../../core/fec/frame-header.ts';
import { addRawFecOptions, commandError, linkOf, type RawFecOptions, readStandardInput } from '../raw-fec.ts';

export function encodeCommand(): Command {
  return addRawFecOptions(new Command('encode'))
    .description('make a frame of what comes on standard input; it goes to standard output')
    .action(async (options: RawFecOptions) => {
      const link = linkOf(options);
      const encoded = encodeFrame(await readStandardInput(PAYLOAD_BYTES_MAX), link);
      if (!encoded.ok) throw commandError(encoded);
      process.stdout.write(encoded.frame);
    });
}
