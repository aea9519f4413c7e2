import { Command, Option } from 'commander';
import { STAGES, type Stage } from '../../local/options.ts';
import type { Finding } from '../doctor/finding.ts';
import { printJson } from '../print.ts';

interface Options {
  readonly stage: Stage;
  readonly region?: string;
  readonly assembly?: string;
  readonly json?: boolean;
}

const LEVEL_WIDTH = 6;
const CHECK_WIDTH = 15;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check an AWS account before a deploy: credentials, quotas, bootstrap, names; changes nothing')
    .addOption(new Option('--stage <stage>', 'of the configuration').choices(STAGES).default('dev'))
    .option('--region <region>', 'AWS region; default: the shell’s')
    .option('--assembly <dir>', 'check what `cdk synth` wrote there for that stage, instead of synthesizing')
    .option('--json', 'print the findings as JSON')
    .action(async ({ stage, region, assembly, json }: Options) => {
      const progress = (line: string): void => void process.stderr.write(`${line}\n`);
      // Loaded only here: no other command needs so much of the AWS SDK.
      const { examine } = await import('../doctor/doctor.ts');
      const found = await examine({ stageName: stage, region, assembly, progress });
      if (json) printJson(found);
      else found.forEach(print);
      const failed = found.filter(({ level }) => level === 'fail').length;
      if (!json)
        process.stdout.write(
          `\n${failed === 0 ? 'nothing stands in the way of a deploy' : `${failed} to mend before a deploy`}\n`,
        );
      process.exitCode = failed === 0 ? 0 : 1;
    });
}

function print({ level, check, says, todo }: Finding): void {
  process.stdout.write(`${level.padEnd(LEVEL_WIDTH)}${check.padEnd(CHECK_WIDTH)}${says}\n`);
  if (todo !== undefined) process.stdout.write(`${' '.repeat(LEVEL_WIDTH + CHECK_WIDTH)}→ ${todo}\n`);
}
