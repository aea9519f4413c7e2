import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Transaction, protocol, length and unit (Modbus Messaging on TCP/IP, 3.1.3); the length counts from the unit on. */
const HEADER_BYTES = 7;
const READ_DISCRETE_INPUTS = 2;
const ILLEGAL_FUNCTION = 1;

/** A detector that answers each question for one input with `isPresent`: far faster than servers that do more. */
export async function startModbusServer(
  isPresent: () => boolean,
): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer((socket) => {
    let unread: Buffer = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      unread = Buffer.concat([unread, chunk]);
      while (unread.length >= HEADER_BYTES && unread.length >= 6 + unread.readUInt16BE(4)) {
        const bytes = 6 + unread.readUInt16BE(4);
        socket.write(answerTo(unread.subarray(0, bytes), isPresent()));
        unread = unread.subarray(bytes);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the Modbus server has no port');
  return { port: address.port, server };
}

function answerTo(request: Buffer, isPresent: boolean): Buffer {
  const code = request.readUInt8(HEADER_BYTES);
  const body = code === READ_DISCRETE_INPUTS ? [code, 1, isPresent ? 1 : 0] : [code | 0x80, ILLEGAL_FUNCTION];
  const answer = Buffer.alloc(HEADER_BYTES + body.length);
  request.copy(answer, 0, 0, HEADER_BYTES);
  answer.writeUInt16BE(body.length + 1, 4);
  answer.set(body, HEADER_BYTES);
  return answer;
}
