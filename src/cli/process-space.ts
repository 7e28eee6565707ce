import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where a process number means something: containers may share the host's name, and each has a process 1. */
export function processSpace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}
