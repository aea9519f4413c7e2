import { createRemoteJWKSet, jwtVerify } from 'jose';
import { expect, it } from 'vitest';
import { createWellKnown } from '../../../local/cognito/well-known.ts';
import { startGateway } from '../../../local/gateway/server.ts';
import { openCityPool } from './city-pool.ts';

it('the keys of a pool lie where an unsigned request finds them, and verify its tokens', async () => {
  const pool = await openCityPool();
  const services = [createWellKnown(pool.cognito.publicKeys)];
  const gateway = await startGateway({ services, port: 0, log: () => {} });
  const keys = createRemoteJWKSet(new URL(`${gateway.url}/${pool.poolId}/.well-known/jwks.json`));
  const token = await pool.cognito.issueToken({ scopes: ['read'] });
  expect((await jwtVerify(token, keys)).payload.iss).toBe(pool.issuer);
  expect((await fetch(`${gateway.url}/${pool.poolId}/other`)).status).toBe(400);
  await gateway.close();
  await pool.close();
});
