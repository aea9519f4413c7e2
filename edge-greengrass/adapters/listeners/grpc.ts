import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import type { ReportReply } from '../../../core/codec/generated/edge_pb.ts';
import type { TlsListenerConfig } from '../../config/gateway-config.ts';
import type { AdapterContext } from '../ports.ts';
import { admitReport } from './admit-report.ts';
import { createDoor, type Door } from './door.ts';
import type { ListenerAdapter } from './listener-adapter.ts';
import { readTls } from './read-tls.ts';
import { MESSAGE_BYTES_MAX, reportService } from './report-service.ts';

const CALLS_PER_CONNECTION_MAX = 16;

/** `EdgeGateway.Report` of `schemas/edge.proto`: one request after the other, and no further one read meanwhile. */
export function createGrpcAdapter(listener: TlsListenerConfig, context: AdapterContext): ListenerAdapter {
  let server: Server | undefined;
  let door: Door | undefined;
  let port = 0;
  let isStopped = false;

  async function serve(call: ServerDuplexStream<Uint8Array, ReportReply>): Promise<void> {
    for await (const request of call as AsyncIterable<Uint8Array>) {
      if (!door) break;
      const isRoomLeft = call.write(await admitReport(request, door, context));
      if (!isRoomLeft) await new Promise((resolve) => void call.once('drain', resolve));
    }
    call.end();
  }

  return {
    name: `grpc ${listener.host}:${listener.port}`,
    async start(intake) {
      door = createDoor('grpc', intake, context);
      const own = new Server({
        'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
        'grpc.max_concurrent_streams': CALLS_PER_CONNECTION_MAX,
      });
      own.addService(reportService, {
        report(call: ServerDuplexStream<Uint8Array, ReportReply>) {
          // A sender that goes away is told nothing any more.
          call.on('error', () => {});
          serve(call).catch(() => call.destroy());
        },
      });
      const credentials = await credentialsOf(listener);
      port = await new Promise((resolve, reject) => {
        own.bindAsync(`${listener.host}:${listener.port}`, credentials, (error, bound) => {
          if (error) reject(error);
          else resolve(bound);
        });
      });
      server = own;
    },
    stop() {
      isStopped = true;
      server?.forceShutdown();
      server = undefined;
      return Promise.resolve();
    },
    state: () => (isStopped ? 'stopped' : server ? 'running' : 'connecting'),
    sensors: () => door?.health() ?? [],
    port: () => port,
  };
}

async function credentialsOf({ tls }: TlsListenerConfig): Promise<ServerCredentials> {
  if (!tls) return ServerCredentials.createInsecure();
  const { cert, key, ca } = await readTls(tls);
  return ServerCredentials.createSsl(ca ?? null, [{ cert_chain: cert, private_key: key }], ca !== undefined);
}
