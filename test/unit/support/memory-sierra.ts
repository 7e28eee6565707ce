import { comparePositions } from '../../../src/poll/cursor.ts';
import type {
  DeletedPatron,
  PageRequest,
  PatronMode,
  PatronRow,
  PatronSource,
  PostalAddress,
} from '../../../src/poll/ports.ts';
import type { Fault } from './poll-ports.ts';

/** A patron as Sierra keeps one; the address that counts first. */
export interface SierraPatron {
  readonly id: string;
  createdAt: string | null;
  updatedAt: string;
  deletedOn: string | null;
  activeOn: string | null;
  patronType: number | null;
  pcode3: number | null;
  homeLibrary: string | null;
  addresses: PostalAddress[];
}

export const noAddress: PostalAddress = { street: null, city: null, region: null, postalCode: null };
export const mainStreet: PostalAddress = {
  street: '1 MAIN ST',
  city: 'NEW YORK',
  region: 'NY',
  postalCode: '10001-1234',
};

export function sierraPatron(id: number | string, change: Partial<SierraPatron> = {}): SierraPatron {
  const at = change.createdAt ?? '2026-01-05 12:00:00.000000';
  return {
    id: String(id),
    createdAt: at,
    updatedAt: at,
    deletedOn: null,
    activeOn: null,
    patronType: 10,
    pcode3: 1,
    homeLibrary: 'ma',
    addresses: [mainStreet],
    ...change,
  };
}

/** The rows of a patron as a page over the mode's time has them: one an address, one where there is none. */
export function rowsOf(patron: SierraPatron, mode: 'new' | 'updated' = 'updated'): PatronRow[] {
  const { id, createdAt, updatedAt, addresses, ...rest } = patron;
  const own = {
    id,
    at: mode === 'new' ? (createdAt ?? '') : updatedAt,
    createdAt,
    updatedAt,
    createdOn: createdAt?.slice(0, 10) ?? null,
    deletedOn: rest.deletedOn,
    activeOn: rest.activeOn,
    patronType: rest.patronType,
    pcode3: rest.pcode3,
    homeLibrary: rest.homeLibrary,
  };
  return (addresses.length > 0 ? addresses : [noAddress]).map((address) => ({ ...own, address }));
}

export interface MemorySierra extends PatronSource {
  readonly patrons: Map<string, SierraPatron>;
  now: Date;
  /** Called before each page, with its number. */
  onPage: Fault;
  readonly pages: { mode: PatronMode; request: PageRequest; patrons: number }[];
}

export function memorySierra(patrons: readonly SierraPatron[] = [], now = new Date('2026-03-01T12:00:00Z')) {
  const take = <T extends { at: string; id: string }>(
    mode: PatronMode,
    patronsAt: () => readonly T[],
    request: PageRequest,
  ): T[] => {
    sierra.onPage(sierra.pages.length + 1);
    const found = patronsAt()
      .filter((each) => comparePositions(each, request.after) > 0 && each.at < request.before)
      .sort(comparePositions)
      .slice(0, request.limit);
    sierra.pages.push({ mode, request, patrons: found.length });
    return found;
  };
  const sierra: MemorySierra = {
    name: 'sierra',
    check: async () => '',
    close: async () => {},
    patrons: new Map(patrons.map((patron) => [patron.id, patron])),
    now,
    onPage: () => {},
    pages: [],
    clock: async () => sierra.now,
    // A patron of these tests was updated at some time.
    withoutDates: async () => 0,
    inRange: async ({ after, through, before, limit }) => {
      const ids = [...sierra.patrons.values()]
        .filter(({ createdAt }) => createdAt === null || createdAt < before)
        .filter(({ id }) => BigInt(id) > BigInt(after || '-1') && BigInt(id) <= BigInt(through))
        .sort((a, b) => Number(BigInt(a.id) - BigInt(b.id)));
      return ids.slice(0, limit).flatMap((patron) => rowsOf(patron, 'new'));
    },
    rangeEnds: async (before, size) => {
      const ids = [...sierra.patrons.values()]
        .filter(({ createdAt }) => createdAt === null || createdAt < before)
        .map(({ id }) => id)
        .sort((a, b) => Number(BigInt(a) - BigInt(b)));
      const ends = ids.filter((_, at) => (at + 1) % size === 0 || at === ids.length - 1);
      return { patrons: ids.length, ends };
    },
    countsByDay: async (kind, { from, before }) => {
      const dayOf = ({ createdAt, deletedOn }: SierraPatron) =>
        (kind === 'created' ? createdAt?.slice(0, 10) : deletedOn) ?? '';
      const days = [...sierra.patrons.values()].map(dayOf).filter((day) => day >= from && day < before);
      return new Map([...new Set(days)].map((day) => [day, days.filter((each) => each === day).length]));
    },
    active: async (mode, request, signal) => {
      signal.throwIfAborted();
      const all = () =>
        [...sierra.patrons.values()].flatMap((patron) => {
          const at = mode === 'new' ? patron.createdAt : patron.updatedAt;
          return at === null ? [] : [{ at, id: patron.id, patron }];
        });
      return take(mode, all, request).flatMap(({ patron }) => rowsOf(patron, mode));
    },
    deleted: async (request, signal) => {
      signal.throwIfAborted();
      const all = () =>
        [...sierra.patrons.values()].flatMap(({ id, createdAt, deletedOn }): DeletedPatron[] => {
          const createdOn = createdAt?.slice(0, 10) ?? null;
          return deletedOn === null ? [] : [{ id, at: deletedOn, createdOn }];
        });
      return take('deleted', all, request);
    },
  };
  return sierra;
}
