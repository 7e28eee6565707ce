import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exitCodes } from '../../src/core/errors.ts';
import { InventedCounty } from '../../src/demo/invented-county.ts';
import { run, temporaryDirectory } from '../support/command.ts';
import { mayMount, smallDisk } from '../support/small-disk.ts';
import { invented, tigerFolder } from '../support/tiger-folder.ts';
import { modesBelow, withoutUmask } from '../support/umask.ts';

/** A folder with an index, `county.tracts`, and what build said of it. */
async function build(...options: string[]) {
  const directory = await tigerFolder();
  const ran = await run(['geo', 'build', '.', '--out', 'county.tracts', ...options], {
    workingDirectory: directory,
  });
  const lookup = (...args: string[]) =>
    run(['geo', 'lookup', '--index', 'county.tracts', ...args], { workingDirectory: directory });
  return { directory, ran, lookup };
}

describe('geo build', () => {
  it('says what it read, what it could not use, and what came of it', async () => {
    const { ran, directory } = await build();
    expect(ran.code).toBe(0);
    expect(ran.stdout.split('\n')).toEqual([
      'ADDRFEAT   1 file, 220 rows',
      'FACES      1 file, 100 rows',
      'FEATNAMES  1 file, 20 rows',
      '',
      'Sides with house numbers: 440, of which used: 400',
      '  not used: 40 the face is in no FACES file: add those of the neighbouring counties',
      '  30 other names of their streets from FEATNAMES',
      '',
      expect.stringMatching(/^county\.tracts: 430 ranges of 1 county \(99001\), [\d.]+ kB$/),
      'TIGER/Line 2024, tracts of 2020',
      '',
    ]);
    expect((await stat(join(directory, 'county.tracts'))).size).toBeGreaterThan(1000);
  });

  it('makes an index that all may read and none may write, and writes through no link', async () => {
    const directory = await tigerFolder();
    const at = join(directory, 'made/county.tracts');
    const build = () => run(['geo', 'build', directory, '--out', at]);
    await withoutUmask(build);
    expect(await modesBelow(directory)).toEqual(
      expect.arrayContaining(['755 made', '644 made/county.tracts']),
    );
    await writeFile(join(directory, 'precious'), 'years of work');
    await symlink(join(directory, 'precious'), `${at}.partial`);
    expect((await build()).code).toBe(78);
    expect(await readFile(join(directory, 'precious'), 'utf8')).toBe('years of work');
  });

  it('says it for machines', async () => {
    const { ran } = await build('--json');
    expect(JSON.parse(ran.stdout)).toMatchObject({
      file: 'county.tracts',
      ranges: 430,
      counties: ['99001'],
      tiger: ['2024'],
      tracts: '2020',
      sides: 440,
      used: 400,
      problems: { no_face: 40 },
    });
  });

  it('leaves the old index where it was when the files are bad', async () => {
    const { directory } = await build();
    const old = await readFile(join(directory, 'county.tracts'));
    await writeFile(join(directory, 'tl_2024_99001_faces.dbf'), 'not a table');
    const { code, stderr } = await run(['geo', 'build', '.', '--out', 'county.tracts'], {
      workingDirectory: directory,
    });
    expect(code).toBe(64);
    expect(stderr).toContain('tl_2024_99001_faces.dbf');
    expect((await readFile(join(directory, 'county.tracts'))).equals(old)).toBe(true);
  });

  it('makes no index of nothing', async () => {
    const directory = await tigerFolder(
      new InventedCounty({ county: '98001', firstZip: 1, blocks: 3, tractBlocks: 3 }),
    );
    const { code, stderr } = await run(['geo', 'build', '.', '--out', 'x'], { workingDirectory: directory });
    expect(code).toBe(64);
    expect(stderr).toContain('No range could be used');
    expect(stderr).toContain('440 the face is in no FACES file');
  });

  it('asks for its options', async () => {
    expect((await run(['geo', 'build', '.'])).code).toBe(64);
    expect((await run(['geo', 'build', '.', '--out', 'x', '--tracts', '1999'])).code).toBe(64);
    expect((await run(['geo', 'build', 'nowhere', '--out', 'x'])).stderr).toContain('nowhere');
  });
});

describe('geo lookup', () => {
  it('says how an address was read, what was considered, and why', async () => {
    const { lookup } = await build();
    const [known] = [...invented.addresses()];
    const line = `${known?.number} ${known?.street.toUpperCase()} APT 4C, SOMEWHERE NY ${known?.zip}`;
    const { code, stdout } = await lookup(line);
    expect(code).toBe(0);
    expect(stdout).toContain('Read as   ');
    expect(stdout).toContain('APT (OccupancyType)');
    expect(stdout).toMatch(/^Ranges {4}.* even, tract 99001000100 \(has the number\)$/m);
    expect(stdout).toMatch(/^Result {4}match 99001000100: the street has a range/m);
    expect(stdout).toContain('TIGER/Line 2024, tracts of 2020');
  });

  it('ends with 1 for an address that it does not find, and says why', async () => {
    const { lookup } = await build();
    const { code, stdout } = await lookup('PO BOX 7, SOMEWHERE NY 10001');
    expect(code).toBe(1);
    expect(stdout).toContain('Result    not_addressable: a post office box or a rural route');
    expect((await lookup('12 NOWHERE LN 10001')).stdout).toContain('no_street: the ZIP has no such street');
  });

  it('says it for machines', async () => {
    const { lookup } = await build();
    const answer = JSON.parse((await lookup('102 W 2ND ST 10001', '--json')).stdout);
    expect(answer).toMatchObject({
      status: 'match',
      reason: 'number_in_range',
      tiger: ['2024'],
      tracts: '2020',
      read: { number: '102', street: 'W 2ND ST', zip: '10001' },
    });
    expect(answer.ranges).toContainEqual(expect.objectContaining({ holdsNumber: true, geoid: answer.geoid }));
  });

  it('looks up the rows of a file and counts what came of them', async () => {
    const { lookup, directory } = await build();
    await writeFile(
      join(directory, 'in.csv'),
      '\uFEFFid,Street,City,State,ZIP\n1,102 W 2nd St,Somewhere,NY,10001-1234\n2,"PO Box 7, rear",,,\n3,"12 ""Odd"" Ln",Somewhere,NY,10001\n',
    );
    const { code, stdout } = await lookup('--csv', 'in.csv', '--out', 'out.csv');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^match +1 +33\.3 %$/m);
    expect(stdout).toMatch(/^no_street +1 +33\.3 %$/m);
    expect(stdout).toMatch(/^with a tract +1 +33\.3 %\naddresses +3 +100\.0 %$/m);
    expect((await readFile(join(directory, 'out.csv'), 'utf8')).split('\n')).toEqual([
      'id,Street,City,State,ZIP,status,reason,geoid',
      expect.stringMatching(/^1,102 W 2nd St,Somewhere,NY,10001-1234,match,number_in_range,99001\d{6}$/),
      '2,"PO Box 7, rear",,,,not_addressable,box,',
      '3,"12 ""Odd"" Ln",Somewhere,NY,10001,no_street,street_not_in_zip,',
      '',
    ]);
    // What it writes is personal data.
    expect((await stat(join(directory, 'out.csv'))).mode & 0o077).toBe(0);
  });

  it('takes addresses in one column, and prints the counts alone', async () => {
    const { lookup, directory } = await build();
    await writeFile(join(directory, 'in.csv'), 'address\n102 W 2nd St NY 10001\n');
    expect(JSON.parse((await lookup('--csv', 'in.csv', '--json')).stdout)).toEqual({ match: 1 });
  });

  it.each([
    [
      'a file without an address',
      ['--csv', 'in.csv'],
      'id,name\n1,x\n',
      78,
      'no column that is recognised as the street. Its columns are: id, name.',
    ],
    ['a file that is not there', ['--csv', 'none.csv'], '', 64, 'none.csv'],
    ['a broken quote', ['--csv', 'in.csv'], 'address\n"102 W\n', 64, 'cannot be read as CSV'],
    ['neither an address nor a file', [], '', 64, 'Give one address'],
    ['both', ['x', '--csv', 'in.csv'], 'address\n', 64, 'Give one address'],
  ])('refuses %s', async (_, args, csv, expected, message) => {
    const { lookup, directory } = await build();
    await writeFile(join(directory, 'in.csv'), csv);
    const { code, stderr } = await lookup(...args);
    expect(code).toBe(expected);
    expect(stderr).toContain(message);
  });

  it.each([
    ['Street Address,City,State,ZIP Code', '102 W 2nd St,Somewhere,NY,10001'],
    ['ADDRESS1,ADDRESS2,TOWN,REGION,POSTAL_CODE', '102 W 2nd St,Apt 4,Somewhere,NY,10001'],
    ['Address Line 1,Address Line 2,City,State,Zip5', '102 W 2nd St,,Somewhere,NY,10001'],
    ['City,Street', '"Somewhere NY 10001",102 W 2nd St'],
  ])('understands the columns %s', async (header, row) => {
    const { lookup, directory } = await build();
    await writeFile(join(directory, 'in.csv'), `${header}\n${row}\n`);
    expect(JSON.parse((await lookup('--csv', 'in.csv', '--json')).stdout)).toEqual({ match: 1 });
  });

  it('is told which column is which', async () => {
    const { lookup, directory } = await build();
    await writeFile(join(directory, 'in.csv'), 'Id,Where,Code\n1,102 W 2nd St,10001\n');
    const found = await lookup('--csv', 'in.csv', '--json', '--columns', 'street=Where,zip=Code');
    expect(JSON.parse(found.stdout)).toEqual({ match: 1 });
    for (const wrong of ['street=There', 'lane=Where', 'Where']) {
      const { code, stderr } = await lookup('--csv', 'in.csv', '--columns', wrong);
      expect(code).toBe(78);
      expect(stderr).toContain('Its columns are: Id, Where, Code.');
    }
  });

  it('does not show the first person of a file without a header', async () => {
    const { lookup, directory } = await build();
    await writeFile(join(directory, 'in.csv'), '7,Ana Diaz,102 W 2nd St,10001\n');
    const { code, stderr } = await lookup('--csv', 'in.csv');
    expect(code).toBe(78);
    expect(stderr).toContain('Its first row looks like data');
    expect(stderr).not.toContain('Diaz');
  });

  it.each([
    ['by its name', async () => 'in.csv'],
    [
      'by another name of it',
      async (directory: string) => {
        await symlink(join(directory, 'in.csv'), join(directory, 'link.csv'));
        return 'link.csv';
      },
    ],
  ])('does not write over its input, %s', async (_, name) => {
    const { lookup, directory } = await build();
    const input = 'address\n102 W 2nd St NY 10001\n';
    await writeFile(join(directory, 'in.csv'), input);
    const { code, stderr } = await lookup('--csv', 'in.csv', '--out', await name(directory));
    expect(code).toBe(64);
    expect(stderr).toContain('--out names the file that --csv reads');
    expect(await readFile(join(directory, 'in.csv'), 'utf8')).toBe(input);
  });

  it('leaves an older output where the input is damaged', async () => {
    const { lookup, directory } = await build();
    await writeFile(join(directory, 'in.csv'), 'address\n"102 W\n');
    await writeFile(join(directory, 'out.csv'), 'old');
    expect((await lookup('--csv', 'in.csv', '--out', 'out.csv')).code).toBe(64);
    expect(await readFile(join(directory, 'out.csv'), 'utf8')).toBe('old');
    expect((await readdir(directory)).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it.skipIf(!mayMount)('says that the disk is full, and leaves what was there', async () => {
    const { lookup, directory } = await build();
    const disk = await smallDisk(64);
    await writeFile(join(disk, 'out.csv'), 'old');
    const rows = '102 W 2nd St NY 10001\n'.repeat(20_000);
    await writeFile(join(directory, 'in.csv'), `address\n${rows}`);
    const { code, stderr } = await lookup('--csv', 'in.csv', '--out', join(disk, 'out.csv'));
    expect(code).toBe(69);
    expect(stderr).toContain('out.csv was not written. The disk is full');
    expect(await readdir(disk)).toEqual(['out.csv']);
    expect(await readFile(join(disk, 'out.csv'), 'utf8')).toBe('old');
    expect((await stat(join(directory, 'in.csv'))).size).toBe(rows.length + 'address\n'.length);
  });

  it.each(['build', 'lookup'])('%s is stopped by a signal, and leaves nothing half done', async (command) => {
    const { directory } = await build();
    await writeFile(join(directory, 'in.csv'), `address\n${'102 W 2nd St NY 10001\n'.repeat(2000)}`);
    const args =
      command === 'build'
        ? ['build', '.', '--out', 'new.tracts']
        : ['lookup', '--index', 'county.tracts', '--csv', 'in.csv', '--out', 'new.csv'];
    const stop = new AbortController();
    stop.abort();
    const { code } = await run(['geo', ...args], { workingDirectory: directory, signal: stop.signal });
    expect(code).toBe(exitCodes.signal);
    expect((await readdir(directory)).filter((name) => /new|partial/.test(name))).toEqual([]);
  });

  it('refuses a file that is no index', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'x'), 'x');
    const { code, stderr } = await run(['geo', 'lookup', '--index', 'x', '1 A ST'], {
      workingDirectory: directory,
    });
    expect(code).toBe(78);
    expect(stderr).toContain('is not an index of tracts');
  });
});
