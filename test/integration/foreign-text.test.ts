import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { createFileLease } from '../../src/adapters/leases/file.ts';
import { planColumns } from '../../src/load/plan-columns.ts';
import { createEncoder } from '../../src/poll/encode-patron-info.ts';
import { parseState } from '../../src/poll/state.ts';
import { run, temporaryDirectory } from '../support/command.ts';
import {
  type Entrance,
  expectHarmless,
  failed,
  hostile,
  hostileLine,
  hostileName,
  hostileXml,
  type Shown,
} from '../support/hostile-text.ts';
import { header, type Library, makeLibrary, twenty } from '../support/library.ts';
import { readMail } from '../support/mail-text.ts';
import { never } from '../support/never.ts';
import { startSmtpServer, type TestSmtpServer } from '../support/smtp-server.ts';

// Every place where text of others comes in from files, the configuration and the command line.

let mails: TestSmtpServer;
beforeAll(async () => {
  mails = await startSmtpServer({ withoutTls: true });
});
afterAll(() => mails.stop());

/** Runs a load that tells of itself by every way. */
async function load(library: Library, lines: readonly string[], ...options: string[]): Promise<Shown> {
  const mail = `mail: { via: "smtp://127.0.0.1:${mails.port}", from: a@b.example, to: c@d.example, smtp: { tls: disable } }`;
  await library.configure(...(lines.some((line) => line.startsWith('mail:')) ? [] : [mail]), ...lines);
  const already = mails.messages.length;
  const { stdout, stderr } = await run(['load', '--report', 'page.html', ...options], {
    workingDirectory: library.directory,
  });
  const page = await readFile(join(library.directory, 'page.html'), 'utf8').catch(() => '');
  const raw = mails.messages[already]?.raw;
  return { stdout, stderr, page, ...(raw && mailOf(raw)) };
}

function mailOf(raw: string): Shown {
  const { subject, text, html } = readMail(raw.replace(/\r\n$/, ''));
  return { subject, text: text.replaceAll('\r\n', '\n'), html: html.replaceAll('\r\n', '\n') };
}

async function validate(content: Buffer | string): Promise<Shown> {
  const workingDirectory = await temporaryDirectory();
  await writeFile(join(workingDirectory, 'file'), content);
  const { stdout, stderr } = await run(['validate', 'file'], { workingDirectory });
  return { stdout, stderr };
}

async function command(...args: string[]): Promise<Shown> {
  const { directory } = await makeLibrary();
  const { stdout, stderr } = await run(args, { workingDirectory: directory });
  return { stdout, stderr };
}

const template = (body: string) =>
  `<user><primary_id>{{login}}</primary_id><last_name>{{name}}</last_name>${body}</user>`;

async function loadWithTemplate(body: string): Promise<Shown> {
  const library = await makeLibrary();
  await writeFile(join(library.directory, 'person.xml'), template(body));
  return load(library, []);
}

const entrances: Readonly<Record<string, Entrance>> = {
  'a name in a zip': {
    enter: async () => {
      const zip = new ZipFile();
      zip.addBuffer(Buffer.from('<users/>'), `${hostileLine}.xml`);
      zip.end();
      return validate(await buffer(zip.outputStream));
    },
  },
  'the encoding of an XML file': {
    enter: () => validate(`<?xml version="1.0" encoding="${hostileLine}"?>\n<users/>`),
  },
  'an element of an XML file': {
    enter: () =>
      validate(`<users><user><Hostile${'Z'.repeat(1000)}>x</Hostile${'Z'.repeat(1000)}></user></users>`),
  },
  'a file of the command line': { enter: () => command('validate', hostile) },
  'a configuration of the command line': { enter: () => command('load', '--config', hostile) },
  'a group of the command line': { enter: () => command('load', '--group', hostile) },
  'a job of the command line': { enter: () => command('check', hostile) },
  'an unknown command': { enter: () => command(hostileName) },
  'a folder of the command line': { enter: () => command('load', '--held', hostileName) },
  'an index of the command line': { enter: () => command('geo', 'lookup', '--index', hostile, 'x') },
  'the header of a CSV file': {
    enter: async () => {
      const library = await makeLibrary();
      const columns = [...header.slice(1), 'logim', hostile].map((name) => `"${name}"`);
      await writeFile(join(library.directory, 'data', 'staff.csv'), `${columns.join(',')}\nx,x,x,x,x\n`);
      const shown = await load(library, []);
      // A first line that may be a person is not shown; a database's columns are.
      expect(shown.stdout).toContain('lacks');
      return shown;
    },
    isHidden: true,
  },
  'the columns of a database': {
    enter: () => {
      const wanted = { file: hostile, columns: [{ name: `x${hostile}`, line: 1 }] };
      const relation = { group: 'g', table: hostile };
      const group = { relation, person: hostile, template: wanted, rules: [] };
      return failed((async () => planColumns(group, [hostile]))());
    },
  },
  'a key of the configuration': {
    enter: async () => load(await makeLibrary(), [`guard: { ${JSON.stringify(hostile)}: 1 }`]),
  },
  'a title and a subject': {
    enter: async () => {
      const title = JSON.stringify(hostileLine.slice(0, 150));
      const mail = `mail: { via: "smtp://127.0.0.1:${mails.port}", from: a@b.example, to: c@d.example, subject: ${title}, smtp: { tls: disable } }`;
      return load(await makeLibrary(), [`report: { title: ${title} }`, mail]);
    },
  },
  'a folder of the configuration': {
    enter: async () =>
      load(await makeLibrary(), [`deliver: { to: ${JSON.stringify(`file:./${hostileName}`)} }`]),
  },
  'old files of a folder': {
    enter: async () => {
      const library = await makeLibrary();
      await mkdir(join(library.directory, 'out'));
      await writeFile(join(library.directory, 'out', `${hostileName}.zip`), '');
      return load(library, ['deliver: { to: "file:./out", replace: all }'], '--dry-run');
    },
  },
  'the key of a row': {
    enter: async () => {
      const library = await makeLibrary();
      await library.rows('staff', [...twenty, [hostile, '', 'X1', '']]);
      return load(library, ['report: { row_keys: true }']);
    },
  },
  'a code that a lookup table lacks': {
    enter: async () => {
      const library = await makeLibrary();
      await writeFile(
        join(library.directory, 'person.xml'),
        template('<user_group>{{lookup "t" barcode}}</user_group>'),
      );
      await writeFile(join(library.directory, 't.json'), '{"B1": "STAFF"}');
      await library.rows('staff', [...twenty, ['H', 'H', hostile, '']]);
      const shown = await load(library, ['lookups: { t: { file: t.json } }']);
      expect(shown.text).toContain('Unmapped values of t: ');
      expect(shown.page).toContain('Unmapped values of t: ');
      return shown;
    },
    isHidden: true,
  },
  'a code that stands twice in a lookup table': {
    enter: async () => {
      const library = await makeLibrary();
      const key = JSON.stringify(hostile);
      await writeFile(join(library.directory, 't.json'), `{${key}: "a", ${key}: "b"}`);
      return load(library, ['lookups: { t: { file: t.json } }']);
    },
  },
  'an expression of a template': {
    enter: () => loadWithTemplate(`<user_group>{{lookup "${hostileXml}" name}}</user_group>`),
  },
  'a text of a template': {
    enter: () => loadWithTemplate(`<expiry_date>${hostileXml}</expiry_date>`),
  },
  'a column that a template names': {
    enter: () => loadWithTemplate(`<user_group>{{[${hostileXml}]}}</user_group>`),
  },
  'a folder of files that the guard held': {
    enter: async () => {
      const library = await makeLibrary();
      await mkdir(join(library.directory, 'held'));
      const manifest = {
        version: 1,
        madeAt: hostile,
        destination: hostile,
        ledger: hostile,
        groups: [],
        guard: [],
      };
      await writeFile(join(library.directory, 'held', 'held.json'), JSON.stringify(manifest));
      return load(library, [], '--held', 'held');
    },
  },
  'a lease of another run': {
    enter: async () => {
      const path = join(await temporaryDirectory(), 'lease');
      const until = new Date(Date.now() + 60_000).toISOString();
      await writeFile(path, JSON.stringify({ token: 't', host: hostile, pid: 1, until }));
      const claimant = { token: 'x', host: 'here', pid: 2, isAlive: () => true };
      return failed(createFileLease({ path, claimant }).acquire(never));
    },
  },
  'a checkpoint': {
    enter: async () => {
      const read = async () =>
        parseState(
          {
            creation_dt: '2026-01-01',
            update_dt: '2026-01-01',
            deletion_date: '2026-01-01',
            ids: { [hostile]: 1 },
          },
          'place',
          'UTC',
        );
      return failed(read());
    },
    isHidden: true,
  },
  'a schema': {
    enter: async () => {
      const fields = [
        { name: 'patron_id', type: { type: 'enum', name: 'e', symbols: [`Z${'Z'.repeat(1000)}`] } },
      ];
      return failed((async () => createEncoder({ type: 'record', name: 'r', fields }, 'place'))());
    },
    isHidden: true,
  },
};

describe('text of others in files and arguments', () => {
  it.each(Object.entries(entrances))('changes nothing where it is shown: %s', (_name, entrance) =>
    expectHarmless(entrance),
  );
});
