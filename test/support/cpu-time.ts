/** Milliseconds that work takes of this process' own cores: other programs on the machine do not add to them. */
export function cpuTimeOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
