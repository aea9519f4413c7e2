import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { auditCommand } from './commands/audit.ts';
import { costCommand } from './commands/cost.ts';
import { decodeCommand } from './commands/decode.ts';
import { deviceCommand } from './commands/device.ts';
import { doctorCommand } from './commands/doctor.ts';
import { encodeCommand } from './commands/encode.ts';
import { explainCommand } from './commands/explain.ts';
import { historyCommand } from './commands/history.ts';
import { keyCommand } from './commands/key.ts';
import { rebuildCommand } from './commands/rebuild.ts';
import { redriveCommand } from './commands/redrive.ts';
import { rejectsCommand } from './commands/rejects.ts';
import { replayCommand } from './commands/replay.ts';
import { retireCommand } from './commands/retire.ts';
import { reviewsCommand } from './commands/reviews.ts';
import { schemaCommand } from './commands/schema.ts';
import { settleCommand } from './commands/settle.ts';
import { startCommand } from './commands/start.ts';
import { twinCommand } from './commands/twin.ts';
import { verifyCommand } from './commands/verify.ts';
import { watchCommand } from './commands/watch.ts';

const program = new Command('cityweave')
  .description(packageJson.description)
  .version(packageJson.version)
  // An error is one line, with commander's guess of what was meant at its end.
  .configureOutput({ outputError: (text, write) => write(`${text.trim().replaceAll('\n', ' ')}\n`) });
const commands = [
  startCommand(),
  replayCommand(),
  twinCommand(),
  watchCommand(),
  explainCommand(),
  historyCommand(),
  rejectsCommand(),
  redriveCommand(),
  auditCommand(),
  verifyCommand(),
  rebuildCommand(),
  reviewsCommand(),
  settleCommand(),
  retireCommand(),
  deviceCommand(),
  keyCommand(),
  schemaCommand(),
  decodeCommand(),
  encodeCommand(),
  doctorCommand(),
  costCommand(),
];
for (const command of commands) program.addCommand(command.copyInheritedSettings(program));

// `| head` has read enough: what is left to say is for nobody.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await program.parseAsync();
} catch (error) {
  // One line for whoever runs the command; where it comes from is for whoever mends the program.
  console.error(`cityweave: ${error instanceof Error ? error.message : String(error)}`);
  if (process.env.CITYWEAVE_DEBUG) {
    console.error(error);
  }
  process.exit(1);
}
