import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { RELEASED_SCHEMAS } from '../../lambdas/shared/schemas/released.ts';
import { CommandError } from '../command-error.ts';
import { localAws } from '../local-aws.ts';
import { printJson } from '../print.ts';
import { readSchemaFolder, releaseBreaches } from '../schema/released.ts';
import { readSchemaFile } from '../schema/schema-file.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';

const RELEASED_FILE = fileURLToPath(new URL('../../lambdas/shared/schemas/released.ts', import.meta.url));

export function schemaCommand(): Command {
  return new Command('schema')
    .description('schemas of binary readings')
    .addCommand(addCommand())
    .addCommand(releaseCommand());
}

function addCommand(): Command {
  return addTargetOptions(new Command('add').argument('<file>', 'such as parking-spot/3.avsc or traffic-flow/3.proto'))
    .description('register a schema while the platform runs; redrive then decodes what it was missing for')
    .option('--json', 'print what was registered as JSON')
    .action(async (file: string, { json, ...options }: TargetOptions & { readonly json?: boolean }) => {
      const entry = readSchemaFile(file);
      const breaches = releaseBreaches([...RELEASED_SCHEMAS.filter((each) => isOther(each, entry)), entry], []);
      if (breaches.length > 0) throw new CommandError(breaches.join('; '));
      const target = targetOf(options);
      const [{ DynamoDBClient }, { registerSchema }, { SCHEMAS_TABLE }] = await Promise.all([
        import('@aws-sdk/client-dynamodb'),
        import('../../lambdas/shared/schemas/dynamodb-schema-table.ts'),
        import('../../lib/names.ts'),
      ]);
      const dynamodb = new DynamoDBClient(target.awsEndpoint ? localAws(target.awsEndpoint) : {});
      await registerSchema(dynamodb, SCHEMAS_TABLE, entry);
      const { name, version, format, fingerprint } = entry;
      if (json) return printJson({ name, version, format, fingerprint });
      process.stdout.write(`${name}/${version} (${format}) is registered under ${fingerprint}\n`);
    });
}

/** The same schema once more does no harm. */
function isOther(one: { readonly fingerprint: string }, other: { readonly fingerprint: string }): boolean {
  return one.fingerprint !== other.fingerprint;
}

function releaseCommand(): Command {
  return new Command('release')
    .description('take every schema of schemas/devices into the release, unless one breaks with what was released')
    .action(() => {
      const present = readSchemaFolder();
      const breaches = releaseBreaches(present, RELEASED_SCHEMAS);
      if (breaches.length > 0) throw new CommandError(breaches.join('; '));
      const text = [
        "import type { SchemaEntry } from './schema-entry.ts';\n",
        '/** Every schema ever released, as `npx cityweave schema release` writes it; not to be edited. */',
        `export const RELEASED_SCHEMAS: readonly SchemaEntry[] = ${JSON.stringify(present, undefined, 2)};\n`,
      ].join('\n');
      writeFileSync(RELEASED_FILE, text);
      process.stdout.write(
        `${present.map(({ name, version, fingerprint }) => `${fingerprint}  ${name}/${version}`).join('\n')}\n`,
      );
    });
}
