import type { LoadReport } from './load-report.ts';

/** What of a report concerns some groups: a person who answers for students needs no figures of the staff. */
export function reportOfGroups(report: LoadReport, names: readonly string[]): LoadReport {
  const others = report.groups.map(({ name }) => name).filter((name) => !names.includes(name));
  const isOfOthers = (text: string) => others.some((name) => text.startsWith(`${name}: `));
  const isFileOfOthers = (key: string) => others.some((name) => key.startsWith(`${name}_`));
  return {
    ...report,
    groups: report.groups.filter(({ name }) => names.includes(name)),
    guard: report.guard.filter(({ group }) => names.includes(group)),
    warnings: report.warnings.filter((warning) => !isOfOthers(warning)),
    receipts: report.receipts.filter(({ key }) => !isFileOfOthers(key)),
    removed: report.removed.filter((key) => !isFileOfOthers(key)),
    alma: report.alma && {
      jobs: report.alma.jobs.filter(({ groups }) => groups.some((name) => names.includes(name))),
    },
    tables: [],
    plan: null,
    sending: null,
    leavers: null,
    rejects: null,
  };
}
