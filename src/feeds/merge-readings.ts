import type { FileReading } from './table-rows.ts';

/** What became of the lines of several files, as of one; null where there is none. */
export function mergeReadings(files: readonly FileReading[]): FileReading | null {
  const [first, ...others] = files;
  return first ? others.reduce(sum, first) : null;
}

function sum(a: FileReading, b: FileReading): FileReading {
  return {
    name: a.name,
    lines: a.lines + b.lines,
    header: a.header + b.header,
    rows: a.rows + b.rows,
    blank: a.blank + b.blank,
    skipped: a.skipped + b.skipped,
    unreadable: a.unreadable + b.unreadable,
    records: a.records + b.records,
    repeatedHeaders: a.repeatedHeaders + b.repeatedHeaders,
    marks: a.marks + b.marks,
    broken: {
      records: a.broken.records + b.broken.records,
      lines: a.broken.lines + b.broken.lines,
      firstLine: a.broken.firstLine || b.broken.firstLine,
    },
    cutOffInLine: a.cutOffInLine ?? b.cutOffInLine,
    trailer: a.trailer,
    formulas: a.formulas + b.formulas,
  };
}
