import { readdirSync } from 'node:fs';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Ran, run, temporaryDirectory } from './command.ts';
import { unzip } from './users.ts';

/** A load of a test's own whose people come from feeds in `./feeds`. */
export interface FeedsJob {
  readonly directory: string;
  /** Brings a file, written two hours ago unless told. */
  bring(name: string, content: string | Buffer, hoursAgo?: number): Promise<void>;
  /** Writes the configuration: these lines behind what every load of feeds has. */
  configure(...lines: string[]): Promise<void>;
  load(...options: string[]): Promise<Ran>;
  /** The XML in the zips of a folder, by their names without the time. */
  xml(folder?: string): Promise<Readonly<Record<string, string>>>;
  /** The files in a folder and below it, sorted; none where it is not there. */
  files(folder: string): string[];
}

const template = `<user>
  <record_type desc="Public">PUBLIC</record_type>
  <primary_id>{{PIDM}}</primary_id>
  <first_name>{{FIRST}}</first_name>
  <last_name>{{LAST}}</last_name>
  <user_group>{{ECLS}}</user_group>
  <expiry_date>{{date EXPIRES}}</expiry_date>
  <job_description>{{ZIP}}</job_description>
</user>
`;

export async function makeFeedsJob(): Promise<FeedsJob> {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'feeds'));
  await mkdir(join(directory, 'work'));
  await writeFile(join(directory, 'user.xml'), template);
  const files = (folder: string): string[] => {
    try {
      return readdirSync(join(directory, folder), { recursive: true }).map(String).sort();
    } catch {
      return [];
    }
  };
  return {
    directory,
    async bring(name, content, hoursAgo = 2) {
      const path = join(directory, 'feeds', name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      const time = new Date(Date.now() - hoursAgo * 3_600_000);
      await utimes(path, time, time);
    },
    async configure(...lines) {
      const own = (key: string) => lines.some((line) => line.startsWith(`${key}:`));
      const standard = [
        'job: load',
        ...(own('source') || own('sources') ? [] : ['source: { url: "file:./feeds" }']),
        ...(own('deliver') ? [] : ['deliver: { to: "file:./out" }']),
        'work_directory: work',
        'required: [primary_id]',
      ];
      await writeFile(join(directory, 'patronflow.yaml'), `${[...standard, ...lines].join('\n')}\n`);
    },
    load: (...options) => run(['load', ...options], { workingDirectory: directory }),
    async xml(folder = 'out') {
      const found: Record<string, string> = {};
      for (const name of files(folder).filter((each) => each.endsWith('.zip')))
        for (const text of Object.values(await unzip(join(directory, folder, name))))
          found[name.replace(/_.*/, '')] = text;
      return found;
    },
    files,
  };
}

/** The only group, which reads a table as it is. */
export const oneGroup = 'groups: [{ name: people, table: people, person: PIDM, template: user.xml }]';

export const readReport = async (job: FeedsJob, name = 'report.html'): Promise<string> =>
  readFile(join(job.directory, name), 'utf8');
