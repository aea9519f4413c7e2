import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { credentials, makeGenericClientConstructor, type ClientDuplexStream } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ReportReply, Verdict } from '../../../../core/codec/generated/edge_pb.ts';
import { createGrpcAdapter } from '../../../../edge-greengrass/adapters/listeners/grpc.ts';
import { createHttp2Adapter } from '../../../../edge-greengrass/adapters/listeners/http2.ts';
import type { ListenerAdapter } from '../../../../edge-greengrass/adapters/listeners/listener-adapter.ts';
import { reportService } from '../../../../edge-greengrass/adapters/listeners/report-service.ts';
import { parseGatewayConfig } from '../../../../edge-greengrass/config/read-config.ts';
import type { TlsListenerConfig } from '../../../../edge-greengrass/config/gateway-config.ts';
import { openDevelopmentCa } from '../../../../local/iot/development-ca.ts';
import { GIVEN_TEXT } from '../../config/given-config.ts';
import { adapterContext, createTestIntake, gatewayConfig } from '../gateway.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'cityweave-listeners-'));
const file = (name: string): string => path.join(directory, name);
let client: { readonly ca: string; readonly cert: string; readonly key: string };
let listener: TlsListenerConfig;

beforeAll(async () => {
  const authority = await openDevelopmentCa(directory);
  const server = await authority.issueServerCertificate();
  const { certificatePem: cert, privateKeyPem: key } = await authority.issueClientCertificate();
  client = { ca: authority.certificatePem, cert, key };
  writeFileSync(file('server.pem'), server.certificatePem);
  writeFileSync(file('server.key'), server.privateKeyPem);
  writeFileSync(file('ca.pem'), authority.certificatePem);
  const yaml = `${GIVEN_TEXT}
  listeners:
    http2:
      port: 0
      tls: { certificate_path: "${file('server.pem')}", key_path: "${file('server.key')}", client_ca_path: "${file('ca.pem')}" }
`;
  const read = parseGatewayConfig(yaml);
  if (!read.ok || !read.config.listeners.http2) throw new Error(JSON.stringify(read));
  listener = read.config.listeners.http2;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function withAdapter(adapter: ListenerAdapter, work: (port: number) => Promise<void>): Promise<void> {
  await adapter.start(createTestIntake());
  try {
    await work(adapter.port());
  } finally {
    await adapter.stop();
  }
}

const context = adapterContext(gatewayConfig([]));

describe('with TLS and an authority for clients', () => {
  test('HTTP/2 is spoken with who has a certificate, and with nobody else', async () => {
    await withAdapter(createHttp2Adapter(listener, context), async (port) => {
      const ask = async (options: object): Promise<unknown> => {
        const session = connect(`https://localhost:${port}`, { ca: client.ca, ...options });
        const failed = once(session, 'close').then(() => 'closed');
        session.on('error', () => {});
        const request = session.request({ ':path': '/readings', ':method': 'POST' });
        request.on('error', () => {});
        request.end('{}');
        const answered = once(request, 'response').then(
          ([headers]: unknown[]) => (headers as Record<string, unknown>)[':status'],
        );
        answered.catch(() => {});
        const outcome = await Promise.race([answered, failed]).catch(() => 'closed');
        session.destroy();
        return outcome;
      };
      expect(await ask({ cert: client.cert, key: client.key })).toBe(422);
      expect(await ask({})).toBe('closed');
    });
  });

  test('gRPC is spoken with who has a certificate, and with nobody else', async () => {
    await withAdapter(createGrpcAdapter(listener, context), async (port) => {
      const Client = makeGenericClientConstructor(reportService, 'EdgeGateway');
      const ask = async (key: string | null, cert: string | null): Promise<unknown> => {
        const [ca, ownKey, ownCert] = [client.ca, key, cert].map((each) => (each === null ? null : Buffer.from(each)));
        const stub = new Client(`localhost:${port}`, credentials.createSsl(ca, ownKey, ownCert));
        const report = stub['report']?.bind(stub) as unknown as () => ClientDuplexStream<Uint8Array, ReportReply>;
        const call = report();
        const outcome = new Promise((resolve) => {
          call.on('data', (reply: ReportReply) => resolve(reply.verdict));
          call.on('error', () => resolve('failed'));
        });
        call.write(Uint8Array.of(0x08, 1));
        const settled = await outcome;
        stub.close();
        return settled;
      };
      expect(await ask(client.key, client.cert)).toBe(Verdict.TAKEN);
      expect(await ask(null, null)).toBe('failed');
    });
  });

  test('a certificate that is not there is told when it starts', async () => {
    const missing = { ...listener, tls: { certificatePath: file('none.pem'), keyPath: file('none.key') } };
    await expect(createHttp2Adapter(missing, context).start(createTestIntake())).rejects.toThrow('none.pem');
  });
});
