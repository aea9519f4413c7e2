import { createHmac } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { importJWK, type JWK, SignJWT } from 'jose';
import { startCli, temporaryDirectory } from './cli.ts';
import { outputOf, readOutputs } from './outputs.ts';
import { requestToken, type TargetChoice } from './target.ts';

/** A local cloud of the suite's own, started and ended with it. */
export const local: TargetChoice = {
  name: 'local',
  absence: undefined,

  async open() {
    const directory = await temporaryDirectory();
    const cloud = await startCli(directory);
    const jwk = JSON.parse(await readFile(path.join(directory, 'cognito', 'signing-key.json'), 'utf8')) as JWK;
    const clientId = outputOf(readOutputs(path.join(directory, 'outputs.json')), 'Cityweave-Api', 'UserPoolClientId');
    const credentials = {
      tokenUrl: `${cloud.apiUrl}/oauth2/token`,
      clientId,
      // The client's secret, which on AWS the console shows, is made from the key here.
      clientSecret: createHmac('sha256', jwk.d ?? '')
        .update(clientId)
        .digest('base64url'),
    };
    return {
      ...cloud,
      tokenFor: (scopes) => requestToken(credentials, scopes),
      sign: async (claims) =>
        new SignJWT({ ...claims })
          .setProtectedHeader({ alg: 'RS256', ...(jwk.kid !== undefined && { kid: jwk.kid }) })
          .sign(await importJWK(jwk, 'RS256')),
      async close() {
        await cloud.stop();
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
};
