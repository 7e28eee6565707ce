import type { SFTPWrapper } from 'ssh2';

/** The inside of ssh2 that sends a packet to the client; not part of its interface. */
interface Outgoing {
  readonly _protocol: { channelData(channel: number, payload: Buffer): unknown };
}

/** VERSION, protocol 3, without extensions: all that ssh2's server can say of itself. */
const plainVersion = Buffer.from([0, 0, 0, 5, 2, 0, 0, 0, 3]);

/**
 * Makes ssh2's server offer `posix-rename@openssh.com`, as OpenSSH does: ssh2 can answer that request, but has
 * no setting for announcing it, so the announcement is exchanged on its way out.
 */
export function announcePosixRename(sftp: SFTPWrapper): void {
  const protocol = (sftp as unknown as Outgoing)._protocol;
  const send = protocol.channelData.bind(protocol);
  const text = (value: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(value.length);
    return Buffer.concat([length, Buffer.from(value)]);
  };
  const body = Buffer.concat([plainVersion.subarray(4), text('posix-rename@openssh.com'), text('1')]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  protocol.channelData = (channel, payload) => {
    if (!payload.equals(plainVersion)) return send(channel, payload);
    protocol.channelData = send;
    return send(channel, Buffer.concat([length, body]));
  };
}
