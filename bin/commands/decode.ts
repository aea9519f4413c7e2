import { Command } from 'commander';
import { decodeFrame } from '../../core/fec/decode-frame.ts';
import { frameBytesMax } from '../../core/fec/layout.ts';
import { addRawFecOptions, commandError, linkOf, type RawFecOptions, readStandardInput } from '../raw-fec.ts';

export function decodeCommand(): Command {
  return addRawFecOptions(new Command('decode'))
    .description('take the payload out of the frame on standard input; it goes to standard output')
    .action(async (options: RawFecOptions) => {
      const link = linkOf(options);
      const decoded = decodeFrame(await readStandardInput(frameBytesMax(link)), link);
      if (!decoded.ok) throw commandError(decoded);
      const { payload, correctedBytes } = decoded;
      if (correctedBytes > 0) console.error(`corrected ${correctedBytes} ${correctedBytes === 1 ? 'byte' : 'bytes'}`);
      process.stdout.write(payload);
    });
}
