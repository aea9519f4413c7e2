import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { DevelopmentCa } from './development-ca.ts';
import type { Identity } from './identity.ts';
import { certificateArn, certificateIdOf, type Registry } from './registry.ts';

export interface MutualTlsOptions {
  readonly ca: DevelopmentCa;
  readonly registry: Registry;
  readonly accept: (socket: TLSSocket, identity: Identity) => void;
  readonly log: (line: string) => void;
}

/**
 * A TLS server for clients that have a certificate of the development CA: others fail in the handshake, and one whose
 * certificate is not registered or not active is cut off before its first packet is read.
 */
export async function createMutualTlsServer({ ca, registry, accept, log }: MutualTlsOptions): Promise<Server> {
  const { certificatePem, privateKeyPem } = await ca.issueServerCertificate();
  const server = createServer({
    key: privateKeyPem,
    cert: certificatePem,
    ca: ca.certificatePem,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    noDelay: true,
  });
  server.on('secureConnection', (socket) => {
    // A socket that breaks off has nobody to tell, once the broker has let go of it.
    socket.on('error', () => {});
    const id = certificateIdOf(socket.getPeerCertificate().raw);
    const identity = registry.identify(id);
    if (identity === undefined) {
      const status = registry.findCertificate(id)?.status ?? 'not registered';
      log(`MQTT over TLS: a client is cut off, because its certificate ${certificateArn(id)} is ${status}`);
      socket.destroy();
    } else {
      accept(socket, identity);
    }
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
    // A port scan or a client that gave up is no news.
    if (error.code !== 'ECONNRESET') {
      log(`MQTT over TLS: a handshake failed: ${error.message.trim()}`);
    }
  });
  return server;
}
