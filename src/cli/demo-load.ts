import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { untilAborted } from '../core/abort.ts';
import { folderMode } from '../core/new-file.ts';
import { startAlmaServer } from '../demo/alma-server.ts';
import { fillTable, query } from '../demo/fill-table.ts';
import { inventPeople } from '../demo/invented-people.ts';
import { number } from '../report/words.ts';
import { presetDirectory } from './config-file.ts';
import type { DemoContext } from './demo-context.ts';
import { loadCommand } from './load.ts';
import type { LoadOptions } from './open-load.ts';
import { planCommand } from './plan.ts';
import { printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';

/** The templates are those that `patronflow init` writes. */
const files = {
  'demo-load': ['patronflow.yaml', 'leavers.xml'],
  starter: ['staff.xml', 'student.xml', 'departments.csv'],
};

/** Every hundredth student comes on the second night. */
const comesLater = (index: number) => index % 100 === 99;

/** What else happens before the second night: some students move, and some leave. */
const changes = [
  `UPDATE LIBRARY_STUDENT SET TERM_STREET1 = '1 New St', TERM_CITY = 'Cambridge', TERM_STATE = 'MA', TERM_ZIP = '02139'
    WHERE MIT_ID::bigint % 40 = 0`,
  'DELETE FROM LIBRARY_STUDENT WHERE MIT_ID::bigint % 150 = 1',
];

const dayMs = 24 * 3600 * 1000;
const key = 'the-key-of-the-demo';

/** Three nights of `load`, with an Alma that loads the files: all users, the changes, and a feed that the guard stops. */
export async function demoLoad({
  postgresUrl,
  directory,
  people,
  seed,
  say,
  signal,
  contextWith,
}: DemoContext): Promise<number> {
  const folder = join(directory, 'load');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: folderMode });
  for (const [preset, names] of Object.entries(files))
    for (const name of names) await copyFile(join(presetDirectory(preset), name), join(folder, name));
  const { staff, students } = inventPeople(people, seed);
  const firstStudents = students.filter((_, index) => !comesLater(index));
  await untilAborted(signal, fillTable(postgresUrl, 'LIBRARY_EMPLOYEE', staff));
  await untilAborted(signal, fillTable(postgresUrl, 'LIBRARY_STUDENT', firstStudents));

  const alma = await startAlmaServer({
    key,
    profiles: [{ id: '12', name: 'Patrons', folder: join(folder, 'alma') }],
  });
  try {
    const context = contextWith({
      DEMO_WAREHOUSE_URL: postgresUrl,
      DEMO_ALMA_URL: alma.url,
      DEMO_ALMA_KEY: key,
    });
    const tonight = Date.now();
    const options = (night: 1 | 2 | 3) => ({
      config: join(folder, 'patronflow.yaml'),
      now: new Date(tonight - (3 - night) * dayMs).toISOString(),
      report: join(folder, `report-${night}.html`),
    });

    say(`\n1. patronflow load: ${number(people)} invented people; the first night\n`);
    const first = await loadCommand(options(1), context);
    if (first !== 0) return first;

    for (const statement of changes) await query(postgresUrl, statement);
    await untilAborted(
      signal,
      fillTable(
        postgresUrl,
        'LIBRARY_STUDENT',
        students.filter((_, index) => comesLater(index)),
      ),
    );
    say(
      '\nThe second night some have come, moved or left. patronflow plan shows what a load would change:\n',
    );
    const { report: _, ...asked } = options(2);
    const planned = await planCommand(asked, context);
    if (planned !== 0) return planned;
    say('\nThe load sends these alone, and a file that expires the leavers:\n');
    const second = await loadBriefly(options(2), context);
    if (second !== 0) return second;

    say('\nThe third night the warehouse has lost its barcodes:\n');
    await query(postgresUrl, 'UPDATE LIBRARY_STUDENT SET LIBRARY_ID = NULL');
    const third = await loadBriefly(options(3), context);
    signal.throwIfAborted();
    say(`Exit code ${third}.`);
  } finally {
    await alma.stop();
  }
  say(`\nWhat Alma has fetched: ${join(folder, 'alma')}`);
  say(
    `The reports as pages:  ${[1, 2, 3].map((night) => join(folder, `report-${night}.html`)).join('\n                       ')}`,
  );
  return 0;
}

/** Runs a load and prints the beginning of its report: what became of it, and why. The page has the rest. */
async function loadBriefly(options: LoadOptions, context: ProcessContext): Promise<number> {
  let text = '';
  const listening = { ...context, stdout: { write: (chunk: string) => (text += chunk) } };
  const code = await loadCommand(options, listening);
  printText(context.stdout, `${text.split('\n\n', 2).join('\n\n')}\n`);
  return code;
}
