import { once } from 'node:events';
import { connect } from 'node:net';
import type pg from 'pg';

/** How long it may take to reach a server that is to give up a query. */
const cancelMs = 5000;

/** A number that no version of the protocol has: the packet asks to cancel. */
const cancelCode = 80_877_102;

/**
 * Tells the server to give up what it does for a connection. One that only goes away leaves its query running. The
 * protocol wants another connection for that, and answers nothing:
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export async function cancelPostgres(client: pg.Client): Promise<void> {
  const { processID, secretKey } = client as pg.Client & { processID: number | null; secretKey: number };
  if (processID === null) return;
  const packet = Buffer.alloc(16);
  for (const [index, number] of [packet.length, cancelCode, processID, secretKey].entries())
    packet.writeInt32BE(number, index * 4);
  const socket = connect({ host: client.host, port: client.port, timeout: cancelMs });
  socket.on('timeout', () => socket.destroy());
  socket.on('connect', () => socket.end(packet));
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'close');
}
