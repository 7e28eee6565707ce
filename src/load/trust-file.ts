import type { FileReading } from '../feeds/table-rows.ts';

/** How much of a file may be broken before nothing of it is believed. */
export interface FileLimits {
  readonly brokenRecords: number;
  /** Share of the lines. */
  readonly brokenLines: number;
}

/** Why a file as a whole cannot be trusted, in a sentence for each reason; none where it can. */
export function reasonsToDistrust(group: string, file: FileReading, limits: FileLimits): readonly string[] {
  const { broken, lines, cutOffInLine, trailer } = file;
  const reasons: string[] = [];
  if (cutOffInLine !== null)
    reasons.push(`The file of ${group} breaks off in line ${cutOffInLine}: it is not complete.`);
  if (trailer && trailer.expected === null)
    reasons.push(`The file of ${group} has no trailer: it is not complete.`);
  else if (trailer && trailer.expected !== trailer.found)
    reasons.push(
      `The trailer in the file of ${group} says ${trailer.expected} ${trailer.counts}, and the file has ${trailer.found}.`,
    );
  if (broken.records > limits.brokenRecords || broken.lines > lines * limits.brokenLines) {
    const records = broken.records === 1 ? '1 broken record takes' : `${broken.records} broken records take`;
    reasons.push(
      `In the file of ${group} ${records} ${broken.lines} of ${lines} lines, the first in line ${broken.firstLine}. At most ${limits.brokenRecords} records and ${percent(limits.brokenLines)} of the lines may be broken.`,
    );
  }
  return reasons;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
