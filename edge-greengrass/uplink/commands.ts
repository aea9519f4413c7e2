import type { Refusal } from '../../core/reason.ts';
import { type DecodedCommand, decodeAck, decodeConfig, decodeRequest } from '../../core/sync/decode-command.ts';
import type { Sender } from '../../core/sync/sender.ts';
import type { Transport } from '../ports.ts';

export interface CommandOptions {
  readonly zone: string;
  readonly thing: string;
  readonly transport: Pick<Transport, 'subscribe'>;
  readonly senders: readonly Sender[];
  onAck(): void;
  onRefused(topic: string, refusal: Refusal): void;
}

/**
 * Subscribes to what the cloud says on `cmd/{zone}/gateway/{thing}/{resync,ack,config}` and hands it to the senders, which
 * know their own lane. Rejects where the line is down.
 */
export async function subscribeToCommands(options: CommandOptions): Promise<void> {
  const { zone, thing, transport, senders } = options;
  const on = <T>(
    name: string,
    decode: (bytes: Uint8Array) => DecodedCommand<T>,
    obey: (sender: Sender, command: T) => void,
  ): Promise<void> =>
    transport.subscribe(`cmd/${zone}/gateway/${thing}/${name}`, (topic, payload) => {
      const decoded = decode(payload);
      if (decoded.ok) for (const sender of senders) obey(sender, decoded.command);
      else options.onRefused(topic, decoded);
    });

  await on('resync', decodeRequest, (sender, request) => sender.answer(request));
  await on('config', decodeConfig, (sender, config) => sender.configure(config));
  await on('ack', decodeAck, (sender, ack) => {
    sender.acknowledge(ack);
    options.onAck();
  });
}
