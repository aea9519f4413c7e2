import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { explainCommand } from './commands/explain.ts';
import { historyCommand } from './commands/history.ts';
import { rejectsCommand } from './commands/rejects.ts';
import { replayCommand } from './commands/replay.ts';
import { startCommand } from './commands/start.ts';
import { twinCommand } from './commands/twin.ts';

const program = new Command('cityweave').description(packageJson.description).version(packageJson.version);
program.addCommand(startCommand());
program.addCommand(replayCommand());
program.addCommand(twinCommand());
program.addCommand(explainCommand());
program.addCommand(historyCommand());
program.addCommand(rejectsCommand());

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
