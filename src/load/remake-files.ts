import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import yauzl from 'yauzl';
import type { Log } from '../core/log.ts';
import type { LeftOut } from './fill-person.ts';
import type { GroupTally } from './group-tally.ts';
import type { LoadGroup } from './job.ts';
import type { Holder, PeopleRegister } from './people-register.ts';
import { settleUser } from './settle-user.ts';
import type { Archive } from './write-zip.ts';
import type { ZipThread } from './zip-thread.ts';

/** A group of which everybody was read. */
export interface MadeGroup {
  readonly group: LoadGroup;
  readonly tally: GroupTally;
  archives: readonly Archive[];
  /** False for a group that was read for precedence only. */
  readonly isDelivered: boolean;
}

export interface Remaking {
  readonly register: PeopleRegister;
  /** Where the new files are written before they take the place of the old ones; made, and removed. */
  readonly directory: string;
  /** Told of a person who is rejected now, after they were written. */
  readonly onRejected: (made: MadeGroup, person: Holder, leftOut: LeftOut) => void;
  readonly newFiles: (made: MadeGroup, directory: string) => ZipThread;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Tells whether files hold an identifier that a later person has as primary id. */
export function needsRemake({ group, isDelivered }: MadeGroup, register: PeopleRegister): boolean {
  return isDelivered && register.hasOutdone(group.name);
}

/**
 * Makes those files again that hold an identifier which is the primary id of a later person, without it. The
 * source is not read again, because it may have changed. The users come from the files themselves.
 */
export async function remakeFiles(made: readonly MadeGroup[], remaking: Remaking): Promise<void> {
  for (const each of made) {
    if (!needsRemake(each, remaking.register)) continue;
    each.archives = await remakeGroup(each, remaking);
    remaking.log.warn('Made files again, without identifiers that are the primary id of another user.', {
      group: each.group.name,
    });
  }
}

async function remakeGroup(made: MadeGroup, remaking: Remaking): Promise<readonly Archive[]> {
  const { register, directory, onRejected, newFiles, signal } = remaking;
  const { group, tally, archives } = made;
  await mkdir(directory, { mode: 0o700 });
  const zip = newFiles(made, directory);
  try {
    const people = register.writtenOf(group.name);
    for await (const users of usersOf(archives)) {
      signal.throwIfAborted();
      for (const user of users) {
        const person = people.next().value;
        if (!person) throw new Error('a user of no person in a finished file');
        const settled = person.isOutdone
          ? settleUser(user, person.person, group.template, register)
          : { xml: user, leftOut: [] };
        tally.settled(person.place, settled);
        if (settled.xml === null) {
          register.drop(person.person);
          const [first] = settled.leftOut;
          if (first) onRejected(made, person, first);
        }
        const caughtUp = settled.xml === null ? undefined : zip.write(settled.xml);
        if (caughtUp) await caughtUp;
      }
    }
    const remade = await zip.finish();
    for (const { path } of archives) await rm(path);
    const moved = remade.map((archive) => ({ ...archive, path: join(directory, '..', archive.key) }));
    for (const { key, path } of moved) await rename(join(directory, key), path);
    await rmdir(directory);
    return moved;
  } catch (error) {
    await zip.abandon();
    throw error;
  }
}

/** The users in finished files as they were written, some of one piece of a file at a time. */
export async function* usersOf(
  archives: readonly Pick<Archive, 'path'>[],
): AsyncGenerator<readonly string[]> {
  for (const { path } of archives) {
    const zip = await yauzl.openPromise(path);
    try {
      for await (const entry of zip.eachEntry()) yield* usersIn(await unpacked(zip, entry));
    } finally {
      zip.close();
    }
  }
}

/** Bytes unpacked at once. By the pieces of 16 kB that are usual a large file takes twice the time. */
const pieceLength = 256 * 1024;

async function unpacked(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Readable> {
  if (!entry.isCompressed()) return zip.openReadStreamPromise(entry);
  const packed = await zip.openReadStreamPromise(entry, { decompress: false });
  const inflate = createInflateRaw({ chunkSize: pieceLength });
  packed.on('error', (error) => inflate.destroy(error));
  return packed.pipe(inflate);
}

const userEnd = '</user>';

async function* usersIn(xml: Readable): AsyncGenerator<readonly string[]> {
  xml.setEncoding('utf8');
  let rest = '';
  let isStart = true;
  for await (const piece of xml) {
    const users = (rest + piece).split(userEnd);
    rest = users.pop() ?? '';
    const [head] = users;
    if (head === undefined) continue;
    // Before the first stand the declaration and the root.
    if (isStart) users[0] = head.slice(head.search(/<user[ >]/));
    isStart = false;
    // Other programs write no line end between users, or several.
    yield users.map((user) => `${user.trimStart()}${userEnd}\n`);
  }
}
