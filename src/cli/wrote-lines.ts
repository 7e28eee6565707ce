/**
 * What a command wrote and where, and the way there for the commands that follow.
 * @param where relative to the working directory; `.` for that directory itself
 */
export function wroteLines(what: string, where: string, next: string): string[] {
  return where === '.'
    ? [`Wrote ${what} to this directory. ${next}`]
    : [`Wrote ${what} to ${where}. ${next}`, `  cd ${where}`];
}
